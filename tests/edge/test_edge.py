"""nginx in front: the same addresses, compression, headers and errors."""

import gzip
import json
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from local import edge, environments
from local.environments import ROOT

from conftest import User, until
from stack.system import System

EVERYWHERE = (
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "X-Request-Id",
    "X-Cache",
    "Via",
)

pytestmark = pytest.mark.skipif(
    edge.nginx() is None and not os.environ.get("BASE_URL"), reason="no nginx on this machine"
)


NAMED_ONLY = {"http://", "https://", "https://.", "http://www.w3.org"}
"""What a field shows as an example, and names of XML: nothing is fetched from there."""


def hashed(user: User, pattern: str) -> str:
    """The address that the page uses for an asset, whose name holds a hash; others as given."""
    if "*" not in pattern:
        return pattern
    found = re.search(pattern.replace(".*.", r"\.\w+\."), user.http.get("/").text)
    return found[0] if found else pytest.fail(f"the page refers to no {pattern}")


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html"),
        ("/history", "text/html"),
        ("/analyses/an_01k00000000000000000000000", "text/html"),
        ("/account.html", "text/html"),
        ("/assets/main.*.js", "text/javascript"),
        ("/assets/style.*.css", "text/css"),
        ("/assets/icon.*.svg", "image/svg+xml"),
        ("/samples/index.json", "application/json"),
        ("/samples/coffee.png", "image/png"),
        ("/docs", "text/html"),
        ("/problems/not-found", "application/json"),
        ("/v1/status", "application/json"),
        ("/readyz", "application/json"),
        ("/openapi.json", "application/json"),
    ],
)
def test_every_address_is_there_with_its_headers(user: User, path: str, media_type: str) -> None:
    answer = user.http.get(hashed(user, path))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(media_type)
    for name in EVERYWHERE:
        assert len(answer.headers.get_list(name)) == 1, name


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/assets/", 404),
        ("GET", "/samples/../../Makefile", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", "/metrics", 404),
        ("POST", "/", 405),
    ],
)
def test_an_error_is_a_problem(user: User, method: str, path: str, status: int) -> None:
    answer = user.http.request(method, path, headers={"X-Request-Id": "from-me"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        status,
        "application/problem+json",
    )
    assert answer.json()["status"] == status
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"] == "from-me"
    assert answer.json()["instance"] == answer.request.url.path
    assert answer.headers["X-Cache"] == "Error"
    for name in EVERYWHERE:
        assert len(answer.headers.get_list(name)) == 1, name
    assert "nginx" not in answer.text


@pytest.mark.parametrize("path", ["/", "/v1/me", "/v1/status", "/problems/internal"])
def test_a_method_that_nobody_knows_is_a_problem(user: User, path: str) -> None:
    answer = user.http.request("FOO", path)
    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")


def test_whoever_follows_a_link_to_nothing_gets_a_page(user: User) -> None:
    answer = user.http.get("/nothing", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>There is nothing here</h1>" in answer.text
    for name in EVERYWHERE:
        assert len(answer.headers.get_list(name)) == 1, name
    style = re.search(r"/assets/style\.\w+\.css", answer.text)
    assert style is not None
    assert user.http.get(style[0]).status_code == 200


def test_each_problem_of_the_edge_says_what_it_means(user: User) -> None:
    slugs = re.findall(
        r"^ +(?:\d+|default) +([a-z-]+);$",
        (ROOT / "static-cdn/snippets/variables.conf").read_text(),
        re.MULTILINE,
    )
    assert len(slugs) > 10
    for slug in slugs:
        as_json = user.http.get(f"/problems/{slug}")
        assert (as_json.status_code, as_json.json()["type"]) == (200, f"/problems/{slug}")
        page = user.http.get(f"/problems/{slug}", headers={"Accept": "text/html"})
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("request_line", "headers", "status"),
    [
        ("GET / HTTP/9.9", "", 505),
        ("nonsense", "", 400),
        ("GET /%00 HTTP/1.1", "", 400),
        (f"GET /{'a' * 40_000} HTTP/1.1", "", 414),
        ("GET / HTTP/1.1", f"X-Long: {'a' * 40_000}", 431),
        ("POST /v1/analyses HTTP/1.1", "Content-Length: 30000000", 413),
    ],
    ids=["version", "nonsense", "null", "long-address", "long-header", "large-body"],
)
def test_what_nginx_itself_refuses_is_a_problem_with_all_headers(
    base_url: str, request_line: str, headers: str, status: int
) -> None:
    with connected(base_url) as connection:
        more = f"{headers}\r\n" if headers else ""
        connection.sendall(f"{request_line}\r\nHost: x\r\n{more}\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} "), head
    assert "Content-Type: application/problem+json" in head
    for name in EVERYWHERE:
        assert head.count(f"\r\n{name}: ") == 1, name
    assert json.loads(body)["status"] == status
    assert "nginx" not in body


def connected(base_url: str) -> socket.socket:
    parts = urlsplit(base_url)
    return socket.create_connection((parts.hostname, parts.port), 20)


def test_a_page_is_compressed_and_revalidated(user: User) -> None:
    first = user.http.get("/", headers={"Accept-Encoding": "gzip"})
    assert (first.headers["Content-Encoding"], first.headers["Cache-Control"]) == (
        "gzip",
        "no-cache",
    )
    again = user.http.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, len(again.headers.get_list("Content-Security-Policy"))) == (304, 1)


def test_an_asset_is_kept_for_ever_under_its_hashed_name(user: User) -> None:
    for pattern in ("/assets/main.*.js", "/assets/style.*.css"):
        answer = user.http.get(hashed(user, pattern))
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    missing = user.http.get("/assets/main.000000000000.js")
    assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store")


def test_the_names_of_assets_change_with_what_they_hold_and_refer_to(tmp_path: Path) -> None:
    source = tmp_path / "static-cdn"
    shutil.copytree(edge.HOME, source)

    def names() -> dict[str, str]:
        target = tmp_path / "made"
        environments.app(source, target)
        assets = [
            one for one in (target / "assets").rglob("*") if one.suffix in (".js", ".svg", ".css")
        ]
        return {one.name.partition(".")[0]: one.name for one in assets}

    before = names()
    with (source / "web" / "src" / "status" / "service.js").open("a") as file:
        file.write("export const changed = true;\n")
    after = names()
    assert {name for name in before if before[name] != after[name]} == {
        "service",
        "status-page",
        "app",
        "main",
    }


def test_each_edge_makes_the_same_files_with_the_same_times(tmp_path: Path) -> None:
    """Of time and size nginx makes ETags."""

    def made(name: str) -> dict[str, tuple[int, bytes]]:
        target = tmp_path / name
        environments.app(edge.HOME, target)
        files = [one for one in target.rglob("*") if one.is_file()]
        return {
            str(one.relative_to(target)): (int(one.stat().st_mtime), one.read_bytes())
            for one in files
        }

    first, second = made("first"), made("second")
    assert first == second
    main = next(name for name in first if re.fullmatch(r"assets/main\.\w+\.js", name))
    assert gzip.decompress(first[f"{main}.gz"][1]) == first[main][1]
    assert len(first[f"{main}.br"][1]) < len(first[f"{main}.gz"][1]) < len(first[main][1])
    assert len({time for time, _ in first.values()}) > len(first) / 2


def test_a_file_is_sent_as_it_was_compressed(user: User) -> None:
    path = hashed(user, "/assets/main.*.js")
    answers = [user.http.get(path, headers={"Accept-Encoding": "gzip"}) for _ in range(2)]
    plain = user.http.get(path, headers={"Accept-Encoding": "identity"})
    first, second = ((one.headers["ETag"], one.headers["Content-Length"]) for one in answers)
    assert first == second
    assert answers[0].headers["Content-Encoding"] == "gzip"
    assert not first[0].startswith(
        "W/"
    )  # made anew for each answer it would be weak, and of no length
    assert int(first[1]) < len(plain.content)
    assert answers[0].content == plain.content


def test_a_public_answer_comes_from_the_cache_until_credentials_are_shown(user: User) -> None:
    path = "/problems/page.css"
    until(lambda: user.http.get(path).headers["X-Cache"] == "Hit" or None)
    keyed = user.get(path)
    assert (keyed.status_code, keyed.headers["X-Cache"]) == (200, "Miss")


def test_an_answer_to_credentials_is_never_stored(user: User, sign_up: Callable[[], User]) -> None:
    for _ in range(3):
        answer = user.get("/v1/me")
        assert (answer.headers["X-Cache"], answer.headers["Cache-Control"]) == (
            "Miss",
            "private, no-store",
        )
    assert sign_up().get("/v1/me").json()["email"] != answer.json()["email"]
    assert user.http.get("/v1/me").status_code == 401


def test_what_a_client_has_is_not_sent_again_and_a_part_is_a_part(
    user: User, pictures: Path
) -> None:
    """nginx takes If-None-Match and Range away where it caches: here it must not."""
    analysis_id = user.post(
        "/v1/analyses",
        files={"image": (pictures / "coffee.png").read_bytes()},
        data={"operations": ["faces"]},
    ).json()["id"]
    assert user.ended(analysis_id)["status"] == "succeeded"
    base = f"/v1/analyses/{analysis_id}"
    for path in (base, f"{base}/result", f"{base}/preview"):
        whole = user.http.get(path, headers=user.headers)
        assert (whole.status_code, whole.headers["X-Cache"]) == (200, "Miss")
        tag = whole.headers["ETag"]
        again = user.http.get(path, headers={**user.headers, "If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b""), path
        other = user.http.get(path, headers={**user.headers, "If-None-Match": '"other"'})
        assert (other.status_code, other.content) == (200, whole.content)
    for path in (f"{base}/result", f"{base}/preview"):
        whole = user.http.get(path, headers={**user.headers, "Accept-Encoding": "identity"})
        part = user.http.get(path, headers={**user.headers, "Range": "bytes=1-3"})
        assert (part.status_code, part.content) == (206, whole.content[1:4]), path
        assert part.headers["Content-Range"] == f"bytes 1-3/{len(whole.content)}"
        beyond = user.http.get(path, headers={**user.headers, "Range": "bytes=99999999-"})
        assert (beyond.status_code, beyond.json()["status"]) == (416, 416)


def test_an_event_stream_is_not_held_back(user: User, pictures: Path) -> None:
    """It goes on for ever: an edge that collects an answer would give nothing of it."""
    with user.http.stream("GET", "/v1/events", headers=user.headers) as stream:
        assert stream.status_code == 200
        user.submit_file(pictures / "coffee.png")
        first = next(line for line in stream.iter_lines() if line)
        assert first.startswith((":", "event:", "id:", "data:"))


def test_an_upload_is_streamed(base_url: str, user: User) -> None:
    """The gateway sees the request before the body is whole, and refuses it then."""
    with connected(base_url) as connection:
        connection.sendall(
            b"POST /v1/analyses HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 401 ")


def test_the_samples_index_names_pictures_that_are_there(user: User) -> None:
    for sample in user.http.get("/samples/index.json").json():
        assert sample.keys() == {"name", "url", "credit"}
        assert user.http.get(sample["url"]).headers["Content-Type"] == "image/png"


def test_a_gateway_that_is_away_is_503_with_retry_after(stack: System, user: User) -> None:
    stack.kill("gateway")
    try:
        answer = until(lambda: _refused(user.http.get("/v1/status")))  # it may be five seconds old
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["Retry-After"] == "2"
    finally:
        stack.launch("gateway")
        stack.wait_until_ready()
    assert until(lambda: user.get("/v1/me").status_code == 200 or None)


def _refused(answer: httpx2.Response) -> httpx2.Response | None:
    return None if answer.is_success else answer


def test_the_configuration_passes_nginx_own_check(tmp_path: Path) -> None:
    binary = edge.nginx() or shutil.which("nginx")
    if binary is None:
        pytest.skip("no nginx on this machine")
    command = edge.command(binary, tmp_path, 1, 2, 3)
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


def test_both_edges_know_the_same_pages() -> None:
    gateway = (ROOT / "gateway/src/gateway/web/static_files.py").read_text()
    gateway = re.sub(r'"\s+r"', "", gateway)  # a text of several lines
    template = (edge.HOME / "nginx.conf.template").read_text()
    pages = re.search(r"<page>([^)]+)\)", template)
    assert pages is not None
    assert pages[1] in gateway


def test_a_page_needs_no_foreign_address() -> None:
    for file in edge.STATIC.rglob("*"):
        if file.suffix in (".html", ".js", ".css"):
            found = set(re.findall(r"\w*://[\w.]*", file.read_text()))
            assert found <= NAMED_ONLY, file


def test_the_edge_passes_presigned_uploads_on_and_nothing_else_of_the_store(user: User) -> None:
    wanted = {"content_type": "image/png", "size": 4}
    url = user.post("/v1/uploads", json=wanted).json()["url"]
    path = urlsplit(url).path
    bucket = path.split("/")[1]
    headers = {"Content-Type": "image/png"}

    def status(method: str, address: str, content: bytes = b"\x89PNG") -> int:
        answer = user.http.request(method, address, content=content, headers=headers)
        if answer.status_code != 200:
            assert answer.json()["status"] == answer.status_code
        assert "Via" in answer.headers
        return int(answer.status_code)

    assert status("PUT", url) == 200
    for method in ("GET", "HEAD", "DELETE", "POST"):
        assert user.http.request(method, url).status_code == 405
    others = (
        f"/{bucket}",
        f"/{bucket}/",
        f"/{bucket}/results/x",
        f"/{bucket}/uploads/x",
        path.replace("uploads", "intents"),
        f"{path}/",
        f"{path}/../x",
    )
    for address in others:
        assert status("PUT", f"{address}?{urlsplit(url).query}") in (404, 405), address


def test_a_header_that_would_move_a_readers_cursor_is_refused(base_url: str) -> None:
    """nginx writes it into its log as it is."""
    with connected(base_url) as connection:
        connection.sendall(
            b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nReferer: \x1b[2J\r\n\r\n"
        )
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    assert '"type":"/problems/bad-request"' in answer


@pytest.mark.parametrize("path", ["/v1/analyses", "/compat/rekognition", "/v1/nothing"])
def test_a_connection_lives_on_after_a_refusal_or_the_answer_says_that_it_does_not(
    user: User, path: str
) -> None:
    """The answer is there before the body: sent a little later, as most clients do, or never."""
    url = user.http.base_url
    head = f"POST {path} HTTP/1.1\r\nHost: sightline.test\r\nContent-Length: 9\r\n\r\n".encode()
    with socket.create_connection((url.host, url.port or 80), 10) as connection:
        connection.sendall(head)
        first = connection.recv(65536).lower()
        assert b"\r\nconnection: close\r\n" in first
    with socket.create_connection((url.host, url.port or 80), 10) as connection:
        for _ in range(20):
            connection.sendall(head)
            connection.sendall(b"x" * 9)
            answer = connection.recv(65536).lower()
            assert answer.startswith(b"http/1.1 40")
            if b"\r\nconnection: close\r\n" in answer:
                break


def test_the_refusal_of_a_large_body_is_not_lost(user: User) -> None:
    """It is answered before it has come; what is left of it is taken and thrown away."""
    picture = {"image": ("large.png", bytes(2_000_000))}
    refused = [user.http.post("/v1/analyses", files=picture) for _ in range(30)]
    assert {answer.status_code for answer in refused} == {401}
