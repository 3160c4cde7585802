"""What the edge refuses before anybody behind it has to: too much, too large, too slow, and what cannot be read."""

import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
import pytest
from local.environments import ROOT

from compose.counting_origin import CountingOrigin, Headers
from compose.lone_edge import lone_edge
from conftest import until
from stack.system import System

ANSWER_S = 20
SLOW_S = 1
AT_ONCE = 5
A, B = "192.0.2.7", "198.51.100.9"
SUBSCRIBER = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::2")
"""Two addresses of one /64."""
NEIGHBOUR = "2001:db8:1:3::1"


@dataclass
class Edge:
    url: str
    origin: CountingOrigin

    def connected(self) -> socket.socket:
        parts = urlsplit(self.url)
        return socket.create_connection((parts.hostname, parts.port), ANSWER_S)

    def raw(self, head: str) -> str:
        """What is answered to these lines, without anything of a body; empty where the edge hangs up."""
        with self.connected() as connection:
            connection.sendall(f"{head}\r\n\r\n".encode())
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while not is_whole(answer) and (more := connection.recv(65536)):
                answer += more
        return answer.decode()


@pytest.fixture(scope="module")
def edge(own_stack: System) -> Iterator[Edge]:
    origin = CountingOrigin()
    settings = {
        "GATEWAY": f"127.0.0.1:{origin.port}",
        "CACHED_ROUTES": "^/stored$",
        "CLIENT_TIMEOUT_S": str(SLOW_S),
        "CONNECTIONS_PER_ADDRESS": str(AT_ONCE),
        "TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8",
    }
    with lone_edge(origin.port, **settings) as url:
        yield Edge(url, origin)
    origin.stop()


def is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])


def problem(answer: str) -> tuple[str, dict[str, object]]:
    head, _, body = answer.partition("\r\n\r\n")
    assert "Content-Type: application/problem+json" in head, answer
    return head, json.loads(body)


@pytest.mark.parametrize(
    ("head", "status", "slug"),
    [
        ("TRACE / HTTP/1.1\r\nHost: x", 405, "method-not-allowed"),
        ("CONNECT x:443 HTTP/1.1\r\nHost: x", 400, "bad-request"),
        ("PROPFIND /v1/me HTTP/1.1\r\nHost: x", 405, "method-not-allowed"),
        ("get /v1/me HTTP/1.1\r\nHost: x", 400, "bad-request"),
        ("GET /v1/me HTTP/1.1", 400, "bad-request"),
        ("GET /v1/me HTTP/1.1\r\nHost: x\r\nHost: y", 400, "bad-request"),
        (
            "GET /v1/me HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2",
            400,
            "bad-request",
        ),
        ("POST /v1/me HTTP/1.1\r\nHost: x\r\nContent-Length: -1", 400, "bad-request"),
        ("POST /v1/me HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x", 501, "not-implemented"),
        (f"GET /{'a' * 40_000} HTTP/1.1\r\nHost: x", 414, "uri-too-long"),
        (f"GET / HTTP/1.1\r\nHost: x\r\nX-Long: {'a' * 40_000}", 431, "headers-too-large"),
        ("GET / HTTP/3.1\r\nHost: x", 505, "version-not-supported"),
    ],
)
def test_what_cannot_be_taken_is_a_problem(edge: Edge, head: str, status: int, slug: str) -> None:
    before = len(edge.origin.asked)
    lines, told = problem(edge.raw(head))
    assert lines.startswith(f"HTTP/1.1 {status} ")
    assert (told["status"], told["type"]) == (status, f"/problems/{slug}")
    assert len(edge.origin.asked) == before


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/v1/me", 1 << 20),
        ("/v1/analyses/x/retry", 1 << 20),
        ("/compat/none", 1 << 20),
        ("/v1/batches", 8 << 20),
        ("/compat/rekognition", 8 << 20),
        ("/v1/analyses", 22 << 20),
        ("/compat/clarifai/v2/models/m/outputs", 22 << 20),
    ],
)
def test_a_body_that_is_too_large_is_refused_before_it_comes(
    edge: Edge, path: str, limit: int
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: "
    lines, told = problem(edge.raw(f"{head}{limit + 1}"))
    assert lines.startswith("HTTP/1.1 413 ")
    assert (told["type"], told["instance"]) == ("/problems/body-too-large", path)
    assert " 413 " not in edge.raw(f"{head}{limit}")


def test_the_edge_takes_what_the_gateway_promises_to_take(edge: Edge) -> None:
    promised = json.loads((ROOT / "contracts/sla/gateway.json").read_text())
    default = promised["default"]["body_limit_bytes"]
    for operation, said in promised["operations"].items():
        method, _, path = operation.partition(" ")
        length = said.get("body_limit_bytes", default)
        answer = edge.raw(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}")
        assert " 413 " not in answer.partition("\r\n")[0], operation


def test_whoever_sends_too_slowly_is_cut_off(edge: Edge) -> None:
    body = "POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
    for begun in ("GET /v1/me HTTP/1.1\r\nHost: x\r\n", body):
        with edge.connected() as connection:
            connection.sendall(begun.encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))  # until it is closed
        assert not answer or b" 408 " in answer


def flood(edge: Edge, *addresses: str) -> Counter[int]:
    """Statuses of twice as many requests as one address may have under way, from these in turn; none is answered by
    the origin before all have come as far as they get."""
    gate, before = threading.Event(), edge.origin.hits("/v1/held")

    def hold(_request: object) -> Headers:
        assert gate.wait(ANSWER_S)
        return {}

    edge.origin.headers["/v1/held"] = hold
    with (
        ThreadPoolExecutor(2 * AT_ONCE) as pool,
        httpx2.Client(base_url=edge.url, timeout=ANSWER_S) as http,
    ):

        def ask(number: int) -> httpx2.Response:
            came = addresses[number % len(addresses)]
            return http.get("/v1/held", headers={"X-Forwarded-For": f"{B}, {came}, 10.1.1.1"})

        begun = [pool.submit(ask, number) for number in range(2 * AT_ONCE)]
        try:
            until(lambda: _all_came(begun, edge.origin.hits("/v1/held") - before))
        finally:
            gate.set()
        answers = [one.result() for one in begun]
    for answer in answers:
        if answer.status_code == 429:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.headers["Retry-After"] == "1"
            assert answer.json()["type"] == "/problems/rate-limited"
    return Counter(answer.status_code for answer in answers)


def _all_came(begun: list[Future[httpx2.Response]], held: int) -> bool | None:
    return sum(one.done() for one in begun) + held == len(begun) or None


def test_one_address_has_so_many_requests_under_way_and_a_subscriber_is_one(edge: Edge) -> None:
    assert flood(edge, A) == {200: AT_ONCE, 429: AT_ONCE}
    assert flood(edge, *SUBSCRIBER) == {200: AT_ONCE, 429: AT_ONCE}
    assert flood(edge, A, B) == {200: 2 * AT_ONCE}
    assert flood(edge, SUBSCRIBER[0], NEIGHBOUR) == {200: 2 * AT_ONCE}


def test_a_trusted_proxy_tells_the_address_and_whether_it_was_tls(edge: Edge) -> None:
    given = {"X-Forwarded-For": f"evil, {A}, 10.1.1.1", "X-Forwarded-Proto": "https"}
    httpx2.get(f"{edge.url}/v1/told", headers=given, timeout=ANSWER_S)
    told = edge.origin.asked[-1][2]
    assert (told["X-Forwarded-For"], told["X-Forwarded-Proto"]) == (A, "https")


def test_nobody_else_tells_them(own_stack: System, edge: Edge) -> None:
    with lone_edge(edge.origin.port, GATEWAY=f"127.0.0.1:{edge.origin.port}") as url:
        given = {"X-Forwarded-For": A, "X-Forwarded-Proto": "https"}
        httpx2.get(f"{url}/told", headers=given, timeout=ANSWER_S)
    told = edge.origin.asked[-1][2]
    assert (told["X-Forwarded-For"], told["X-Forwarded-Proto"]) == ("127.0.0.1", "http")
