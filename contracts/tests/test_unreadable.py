"""Bytes that are no request are refused as requests are."""

import json
import socket
from collections.abc import Iterator

import pytest
from test_drain import Service


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    one = Service(0)
    yield one
    one.leave()
    one.ends_within(10)


@pytest.mark.parametrize(
    "sent",
    [
        "FROBNICATE /livez HTTP/1.1\r\nHost: x\r\n\r\n",
        "get /livez HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /livez HTTP/9.9\r\nHost: x\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
    ],
    ids=["method", "lower-case", "version", "nonsense", "length"],
)
def test_what_is_no_http_is_a_problem(service: Service, sent: str) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
        connection.sendall(sent.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 400 ")
    lines = head.lower().split("\r\n")
    assert "content-type: application/problem+json" in lines
    assert f"content-length: {len(body)}" in lines
    assert "connection: close" in lines
    assert json.loads(body)["type"] == "/problems/bad-request"
