"""nginx in front: the same addresses, compression, headers and errors."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import User, until
from stack import edge
from stack.stack import Stack

SECURITY = ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy")

pytestmark = pytest.mark.skipif(
    edge.nginx() is None and not os.environ.get("BASE_URL"), reason="no nginx on this machine"
)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/", "text/html"), ("/assets/app.js", "text/javascript"), ("/assets/style.css", "text/css"),
     ("/assets/icon.svg", "image/svg+xml"), ("/samples/index.json", "application/json"),
     ("/samples/coffee.png", "image/png"), ("/docs", "text/html"), ("/v1/status", "application/json"),
     ("/readyz", "application/json"), ("/openapi.json", "application/json")],
)  # fmt: skip
def test_every_address_is_there_with_its_headers(user: User, path: str, media_type: str) -> None:
    answer = user.http.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(media_type)
    for name in SECURITY:
        assert len(answer.headers.get_list(name)) == 1, name
    assert answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/assets/", 404), ("GET", "/samples/../../Makefile", 404),
     ("GET", "/v1/nothing", 404), ("GET", "/metrics", 404), ("POST", "/", 405)],
)  # fmt: skip
def test_an_error_is_a_problem(user: User, method: str, path: str, status: int) -> None:
    answer = user.http.request(method, path, headers={"X-Request-Id": "from-me"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        status, "application/problem+json",
    )  # fmt: skip
    assert answer.json()["status"] == status
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"] == "from-me"
    assert "nginx" not in answer.text


def test_static_files_are_compressed_and_revalidated(user: User) -> None:
    first = user.http.get("/assets/app.js", headers={"Accept-Encoding": "gzip"})
    assert (first.headers["Content-Encoding"], first.headers["Cache-Control"]) == (
        "gzip",
        "no-cache",
    )
    again = user.http.get("/assets/app.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_samples_index_names_pictures_that_are_there(user: User) -> None:
    for sample in user.http.get("/samples/index.json").json():
        assert sample.keys() == {"name", "url", "credit"}
        assert user.http.get(sample["url"]).headers["Content-Type"] == "image/png"


def test_a_gateway_that_is_away_is_503_with_retry_after(stack: Stack, user: User) -> None:
    stack.kill("gateway")
    try:
        answer = user.http.get("/v1/status")
        assert (answer.status_code, answer.headers["Content-Type"]) == (
            503, "application/problem+json",
        )  # fmt: skip
        assert answer.headers["Retry-After"] == "2"
    finally:
        stack.launch("gateway")
        stack.wait_until_ready()
    assert until(lambda: user.get("/v1/me").status_code == 200 or None)


def test_the_configuration_passes_nginx_own_check(tmp_path: Path) -> None:
    binary = edge.nginx() or shutil.which("nginx")
    if binary is None:
        pytest.skip("no nginx on this machine")
    command = edge.command(binary, tmp_path, 1, 2)
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


def test_a_page_needs_no_foreign_address() -> None:
    for file in (edge.HOME / "public").rglob("*"):
        if file.is_file() and file.suffix in (".html", ".js", ".css"):
            text = file.read_text().replace("https://… address", "")
            assert "://" not in text, file


def test_a_keyed_answer_is_not_stored(user: User) -> None:
    answer = user.get("/v1/me")
    assert answer.headers["Cache-Control"] == "private, no-store"
