"""A service that is told to leave loses no request, and does not stay for ever."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

LAME_DUCK_S = 0.6
END_S = 8
AT_LEAST = 50
SERVICE = Path(__file__).with_name("drained.py")
BODY = json.dumps({"a": "b"})
POST = (
    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n{BODY}"
).encode()

Answer = tuple[int, str | None, Any]
"""Status, what is said about the connection, and the body."""


class Service:
    """The process and its port."""

    def __init__(self, lame_duck_s: float) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        environment = {**os.environ, "LAME_DUCK_S": str(lame_duck_s)}
        command = [sys.executable, str(SERVICE), str(self.port)]
        self.process = subprocess.Popen(command, env=environment)
        until(self._listens)

    @contextlib.contextmanager
    def connected(self) -> Iterator[http.client.HTTPConnection]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection):
            yield connection

    def ask(self, path: str) -> Answer:
        """On a connection of its own."""
        with self.connected() as connection:
            return ask(connection, path)

    def leave(self, number: signal.Signals = signal.SIGTERM) -> float:
        self.process.send_signal(number)
        return time.monotonic()

    def ends_within(self, seconds: float) -> None:
        self.process.wait(seconds)

    def drains(self) -> bool:
        return self.ask("/readyz")[0] == http.HTTPStatus.SERVICE_UNAVAILABLE

    def is_closed(self) -> bool:
        """Whether connections are refused, or not answered."""
        with socket.socket() as probe:
            probe.settimeout(0.05)
            return probe.connect_ex(("127.0.0.1", self.port)) != 0

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def service() -> Iterator[Service]:
    one = Service(LAME_DUCK_S)
    yield one
    one.process.kill()
    one.process.wait(END_S)


def ask(connection: http.client.HTTPConnection, path: str) -> Answer:
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.getheader("Connection"), json.load(answer)


def answered(connection: socket.socket) -> bytes:
    """Everything until the other side closes."""
    found = b""
    while part := connection.recv(4096):
        found += part
    return found


def until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + END_S
    while not found():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_it_serves_on_for_a_while_and_every_answer_closes_its_connection(service: Service) -> None:
    with service.connected() as kept:
        assert ask(kept, "/livez")[:2] == (200, None)
        service.leave()
        until(service.drains)
        assert ask(kept, "/livez")[:2] == (200, "close")
    assert service.ask("/livez")[:2] == (200, "close")


def test_a_lame_duck_says_that_it_drains(service: Service) -> None:
    service.leave()
    until(service.drains)
    assert service.ask("/readyz")[2]["type"] == "/problems/draining"


def test_what_is_sent_on_an_accepted_connection_after_the_end_is_answered(service: Service) -> None:
    service.leave()
    until(service.drains)
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
        until(service.is_closed)
        connection.sendall(POST)
        answer = answered(connection)
    assert answer.startswith(b"HTTP/1.1 200"), answer
    assert b"connection: close" in answer
    assert answer.endswith(b'{"a":"b"}')


def test_who_waits_is_let_go(service: Service) -> None:
    with service.connected() as waiting:
        waiting.request("GET", "/wait")
        at = service.leave()
        assert json.load(waiting.getresponse()) == "as it is"
    assert time.monotonic() - at > LAME_DUCK_S
    service.ends_within(END_S)


def test_a_stream_of_new_connections_sees_answers_or_refusals_alone(service: Service) -> None:
    """A connection that was never made has lost nothing; one that was made is answered."""
    seen: Counter[str] = Counter()
    clients = [threading.Thread(target=post_until_it_ends, args=(service, seen)) for _ in range(8)]
    for client in clients:
        client.start()
    until(lambda: seen["answered"] > AT_LEAST)
    service.leave()
    service.ends_within(END_S)
    for client in clients:
        client.join(END_S)
    assert set(seen) == {"answered", "refused"}, seen


def post_until_it_ends(service: Service, seen: "Counter[str]") -> None:
    while service.process.poll() is None:
        try:
            connection = socket.create_connection(("127.0.0.1", service.port), timeout=5)
        except OSError:
            seen["refused"] += 1
            continue
        with connection:
            try:
                connection.sendall(POST.replace(b"Host: x", b"Host: x\r\nConnection: close"))
                answer = answered(connection)
            except OSError as error:
                answer = repr(error).encode()
        seen["answered" if answer.startswith(b"HTTP/1.1 200") else repr(answer)] += 1


def test_idle_connections_do_not_hold_it_up(service: Service) -> None:
    with service.connected() as kept:
        ask(kept, "/livez")
        at = service.leave()
        service.ends_within(END_S)
    assert LAME_DUCK_S < time.monotonic() - at < LAME_DUCK_S + 4


@pytest.mark.parametrize(("lame_duck_s", "number"), [(5.0, signal.SIGINT), (0.0, signal.SIGTERM)])
def test_by_hand_or_without_a_lame_duck_time_it_leaves_at_once(
    lame_duck_s: float, number: signal.Signals
) -> None:
    service = Service(lame_duck_s)
    at = service.leave(number)
    service.ends_within(END_S)
    assert time.monotonic() - at < 2
