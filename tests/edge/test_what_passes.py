"""What of a request gets through nginx to the gateway: one that answers with what it was asked."""

import contextlib
import json
import socket
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
from local import edge
from local.stack import free_port

from conftest import until

pytestmark = pytest.mark.skipif(edge.nginx() is None, reason="no nginx on this machine")


class Asked(BaseHTTPRequestHandler):
    """Answers with 200, and keeps the method and the headers of each request in `seen`."""

    seen: list[tuple[str, dict[str, str]]]
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("do_"):
            raise AttributeError(name)
        return self._answer

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append((self.command, headers))
        body = b"" if self.command == "HEAD" else b"{}"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Nothing is logged."""


@pytest.fixture(scope="module")
def asked() -> Iterator[ThreadingHTTPServer]:
    handler = type("Handler", (Asked,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def http(
    asked: ThreadingHTTPServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx2.Client]:
    with started(asked, tmp_path_factory.mktemp("nginx")) as client:
        yield client


@contextlib.contextmanager
def started(asked: ThreadingHTTPServer, run: Path, *more: str) -> Iterator[httpx2.Client]:
    """nginx with the configuration of static-cdn, and `more` lines in its server."""
    binary, port = edge.nginx(), free_port()
    assert binary is not None
    command = edge.command(binary, run, port, asked.server_port, asked.server_port)
    written = run / "nginx.conf"
    written.write_text(written.read_text().replace("server {", "\n".join(["server {", *more]), 1))
    with (
        subprocess.Popen(command, stderr=subprocess.DEVNULL) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        try:
            until(lambda: is_up(client) or None)
            yield client
        finally:
            process.terminate()


def is_up(client: httpx2.Client) -> bool:
    try:
        return client.get("/livez").status_code == 200
    except httpx2.TransportError:
        return False


def seen_of(
    asked: ThreadingHTTPServer, http: httpx2.Client, method: str, path: str, **headers: str
) -> tuple[str, dict[str, str]]:
    """What the gateway saw of one request."""
    seen = asked.RequestHandlerClass.seen  # type: ignore[attr-defined]
    seen.clear()
    assert http.request(method, path, headers=headers).status_code == 200
    assert len(seen) == 1
    return seen[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("path", ["/v1/analyses", "/readyz", "/compat/rekognition"])
def test_no_deadline_of_a_client_gets_through(
    asked: ThreadingHTTPServer, http: httpx2.Client, path: str
) -> None:
    given = {"X-Request-Deadline-Ms": "20", "x-request-id": "one-1"}
    _, headers = seen_of(asked, http, "GET", path, **given)
    assert "x-request-deadline-ms" not in headers
    assert headers["x-request-id"] == "one-1"


@pytest.mark.parametrize("path", ["/v1/exports/x", "/v1/me/export", "/v1/status", "/openapi.json"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_method_gets_through_as_it_is(
    asked: ThreadingHTTPServer, http: httpx2.Client, method: str, path: str
) -> None:
    assert seen_of(asked, http, method, path)[0] == method


@pytest.mark.parametrize(
    "path", ["/", "/samples/index.json", "/v1/analyses", "/readyz", "/nothing"]
)
@pytest.mark.parametrize("method", ["FROBNICATE", "PROPFIND", "TRACE", "LINK", "M-SEARCH", "get"])
def test_a_method_that_nobody_knows_is_refused_as_a_problem(
    asked: ThreadingHTTPServer, http: httpx2.Client, method: str, path: str
) -> None:
    seen = asked.RequestHandlerClass.seen  # type: ignore[attr-defined]
    seen.clear()
    answer = refused(http, method, path)
    assert answer["status"] in (400, 404, 405)
    assert answer["type"].startswith("/problems/")
    assert seen == []


def refused(http: httpx2.Client, method: str, path: str) -> dict[str, Any]:
    """The problem of an answer to what a client would not send by itself."""
    with socket.create_connection((http.base_url.host, http.base_url.port or 80), 10) as connection:
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert "application/problem+json" in head, head
    return dict(json.loads(body))


PLACES = {
    "of IPv6 by the network": ("2001:db8:1:2::{:x}", "2001:db8:1:{:x}::1"),
    "of IPv4 by the address": ("192.0.2.1", "192.0.2.{}"),
    "of IPv4 in the shape of IPv6 as of IPv4": ("::ffff:192.0.2.1", "::ffff:192.0.2.{}"),
}


@pytest.mark.parametrize("what", PLACES)
def test_requests_are_counted(
    asked: ThreadingHTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """200 may come at once from where one subscriber is; the addresses are told by a header here."""
    monkeypatch.setattr(edge, "REQUESTS_PER_SECOND", 1)
    told = ("set_real_ip_from 127.0.0.1;", "real_ip_header X-Real-Address;")
    one, many = PLACES[what]
    with started(asked, tmp_path, *told) as client:
        statuses = [
            [
                client.get("/livez", headers={"X-Real-Address": place.format(number)}).status_code
                for number in range(1, 251)
            ]
            for place in (many, one)
        ]
    assert set(statuses[0]) == {200}
    assert statuses[1].count(429) >= 25
