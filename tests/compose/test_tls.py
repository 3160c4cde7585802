"""The edge over TLS, with a certificate of `make tls`: each version of HTTP, and what is refused."""

import contextlib
import json
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from local.environments import ROOT
from local.stack import free_port

from compose import http3
from compose.counting_origin import BODY, CountingOrigin
from compose.lone_edge import lone_edge
from conftest import until
from stack.compose import ComposeStack
from stack.system import System

NAME = "edge.test"
TICKET_S = 2
VERSIONS = ("1.1", "2", "3")


@dataclass
class Answer:
    version: str
    status: int
    headers: dict[str, str]
    content: bytes


@dataclass
class Edge:
    plain: str
    port: int
    made: Path
    origin: CountingOrigin

    def get(self, path: str, version: str) -> Answer:
        if version == "3":
            told = http3.get(NAME, self.port, path, self.made / "ca.crt")
            return Answer("3", told.status, told.headers, told.content)
        flag = {"1.1": "--http1.1", "2": "--http2"}[version]
        return self.curl(flag, f"https://{NAME}:{self.port}{path}")

    def curl(self, *arguments: str) -> Answer:
        done = subprocess.run(
            [
                *("curl", "--silent", "--show-error", "--max-time", "20", "--noproxy", "*"),
                *("--cacert", str(self.made / "ca.crt")),
                *("--resolve", f"{NAME}:{self.port}:127.0.0.1"),
                *("--write-out", "%{stderr}%{http_version} %{http_code} %{header_json}"),
                *arguments,
            ],
            capture_output=True,
            timeout=30,
            check=True,
        )
        version, status, headers = done.stderr.decode().split(" ", 2)
        fields = {name: values[0] for name, values in json.loads(headers).items()}
        return Answer(version, int(status), fields, done.stdout)


def certificates(folder: Path) -> None:
    command = ["sh", str(ROOT / "deploy/tls.sh"), str(folder), NAME]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls") / "made"
    certificates(folder)
    return folder


@contextlib.contextmanager
def edge_of(made: Path, given: Path, gateway: str = "", **settings: str) -> Iterator[Edge]:
    """`given`: a folder for copies that the edge, which is nobody on this machine, can read."""
    for name in ("edge.crt", "edge.key"):
        shutil.copyfile(made / name, given / name)
        (given / name).chmod(0o644)
    given.chmod(0o755)
    origin, port = CountingOrigin(), free_port()
    origin.headers["/stored"] = {"Cache-Control": "max-age=60"}
    over_tls = {
        "LISTEN_TLS": f"127.0.0.1:{port}",
        "TLS_PORT": str(port),
        "TLS_CERTIFICATE_FILE": "/given/edge.crt",
        "TLS_KEY_FILE": "/given/edge.key",
        "TLS_SESSION_TIMEOUT": f"{TICKET_S}s",
        "CACHED_ROUTES": "^/stored$",
        "GATEWAY": gateway or f"127.0.0.1:{origin.port}",
        **settings,
    }
    with lone_edge(origin.port, mounted={given: "/given"}, **over_tls) as plain:
        yield Edge(plain, port, made, origin)
    origin.stop()


@pytest.fixture(scope="module")
def edge(own_stack: System, made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    with edge_of(made, tmp_path_factory.mktemp("given")) as edge:
        yield edge


def test_each_version_answers_the_same_page_and_the_same_api(edge: Edge) -> None:
    edge.origin.headers["/v1/me"] = {"Content-Type": "application/json"}
    for path in ("/", "/stored", "/v1/me", "/nothing"):
        answers = [edge.get(path, version) for version in VERSIONS]
        assert [one.version for one in answers] == list(VERSIONS)
        status = 404 if path == "/nothing" else 200
        assert {one.status for one in answers} == {status}
        for one in answers:
            assert one.headers["strict-transport-security"] == "max-age=31536000"
            assert one.headers["alt-svc"] == f'h3=":{edge.port}"; ma=86400'
            assert "connection" not in one.headers or one.version == "1.1"
        if path != "/nothing":  # which has the id of its request
            assert len({one.content for one in answers}) == 1
    assert edge.origin.hits("/stored") == 1


def test_a_server_behind_is_told_the_host_and_that_it_was_tls(edge: Edge) -> None:
    for version in VERSIONS:
        edge.get(f"/v1/told-{version}", version)
        told = next(one for _, path, one in edge.origin.asked if path == f"/v1/told-{version}")
        assert (told["Host"], told["X-Forwarded-Proto"]) == (f"{NAME}:{edge.port}", "https")


def test_what_comes_without_tls_is_sent_there(edge: Edge) -> None:
    sent = edge.curl("--request", "POST", "--data", "x", f"{edge.plain}/v1/users?a=b")
    assert sent.status == 308
    assert sent.headers["location"] == f"https://127.0.0.1:{edge.port}/v1/users?a=b"
    assert not {"strict-transport-security", "alt-svc"} & set(sent.headers)
    wrong = edge.curl(f"http://127.0.0.1:{edge.port}/")
    assert (wrong.status, wrong.headers["content-type"]) == (400, "application/problem+json")
    assert json.loads(wrong.content)["type"] == "/problems/bad-request"
    assert not [one for one in edge.origin.asked if one[1].startswith("/v1/users")]


def test_a_name_of_this_machine_alone_is_not_held_to_tls(edge: Edge) -> None:
    answer = edge.curl(f"https://localhost:{edge.port}/stored")
    assert (answer.status, answer.content) == (200, BODY)
    assert "strict-transport-security" not in answer.headers


def context(edge: Edge, *versions: ssl.TLSVersion) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(edge.made / "ca.crt"))
    if versions:
        made.minimum_version, made.maximum_version = versions[0], versions[-1]
    return made


def connected(
    edge: Edge, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[ssl.SSLSession | None, bool]:
    """The session that the edge gave, and whether it took that of before."""
    with (
        socket.create_connection(("127.0.0.1", edge.port), 20) as raw,
        context.wrap_socket(raw, server_hostname=NAME, session=session) as over_tls,
    ):
        over_tls.sendall(b"GET /stored HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert over_tls.recv(4096).startswith(b"HTTP/1.1 200 ")
        return over_tls.session, over_tls.session_reused or False


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_ticket_is_taken_within_its_time_and_not_after_it(
    edge: Edge, version: ssl.TLSVersion
) -> None:
    settings = context(edge, version)
    ticket, _ = connected(edge, settings)
    assert connected(edge, settings, ticket)[1]
    until(lambda: True if not connected(edge, settings, ticket)[1] else None)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_versions_of_before_are_refused(edge: Edge) -> None:
    old = context(edge, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        connected(edge, old)


def test_certificates_are_made_once_renewed_in_time_and_kept_from_others(
    made: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(made, tmp_path / "made")
    modes = {one.name: one.stat().st_mode & 0o777 for one in folder.iterdir()}
    assert (modes["ca.key"], modes["edge.key"], modes["edge.crt"]) == (0o600, 0o600, 0o644)

    def again(*names: str) -> tuple[bytes, bytes]:
        command = ["sh", str(ROOT / "deploy/tls.sh"), str(folder), *names]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return (folder / "ca.crt").read_bytes(), (folder / "edge.crt").read_bytes()

    first = again(NAME)
    assert first == tuple((made / name).read_bytes() for name in ("ca.crt", "edge.crt"))
    _of_a_week(folder)
    renewed = again(NAME)
    assert (renewed[0], renewed[1] != first[1]) == (first[0], True)
    assert again(NAME) == renewed
    assert again(NAME, "other.test")[1] != renewed[1]
    refused = subprocess.run(
        ["sh", str(ROOT / "deploy/tls.sh"), str(folder), "a b"], check=False, timeout=60
    )
    assert refused.returncode == 1


def _of_a_week(folder: Path) -> None:
    """In the place of the edge's certificate one that ends within 30 days."""
    command = "openssl req -x509 -key edge.key -subj /CN=x -days 7 -out edge.crt"
    subprocess.run(command.split(), cwd=folder, check=True, timeout=60)


def test_the_cookie_of_a_session_is_for_tls_alone(
    stack: ComposeStack, made: Path, tmp_path: Path
) -> None:
    gateway = stack.address("gateway")
    with edge_of(made, tmp_path, gateway=f"{gateway}:8000") as edge:
        account = '{"email": "tls@example.test", "password": "correct horse"}'
        url, as_json = f"https://{NAME}:{edge.port}/v1", "Content-Type: application/json"
        assert edge.curl("--data", account, "--header", as_json, f"{url}/users").status == 201
        answer = edge.curl(
            *("--data", account, "--header", as_json, "--header", f"Origin: {url[:-3]}"),
            f"{url}/session",
        )
    assert answer.status in (200, 201), answer.content
    assert re.search(r"; *secure(;|$)", answer.headers["set-cookie"], re.IGNORECASE)


def test_compose_takes_the_file_beside_its_own(stack: ComposeStack) -> None:
    files = ("--file", str(ROOT / "docker-compose.yml"), "--file", str(ROOT / "compose.tls.yml"))
    edge = json.loads(stack.compose(*files, "config", "--format", "json"))["services"]["static-cdn"]
    assert {(one["target"], one["protocol"]) for one in edge["ports"]} == {
        (8080, "tcp"),
        (8443, "tcp"),
        (8443, "udp"),
    }
    assert {one["host_ip"] for one in edge["ports"]} == {"127.0.0.1"}


def test_no_key_is_in_the_repository() -> None:
    """`make tls` writes into a folder that git passes over."""
    asked = ["git", "-C", str(ROOT), "grep", "--cached", "-lE", "BEGIN [A-Z ]*PRIVATE KEY-"]
    found = subprocess.run(asked, check=False, capture_output=True, text=True, timeout=60)
    assert (found.returncode, found.stdout) == (1, ""), found.stderr
    kept = ["git", "-C", str(ROOT), "check-ignore", "--quiet", "--no-index", ".tls/ca.key"]
    assert subprocess.run(kept, check=False, timeout=60).returncode == 0
