"""What the stubs of the vendors share: a real HTTP server on the loopback interface, what it was
asked, and the answers that a test has scripted. Answers that any server may give, whichever vendor
it is, are in `server.py`."""

import contextlib
import json
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REQUEST_LIMIT = 256 * 1024 * 1024
IDLE_S = 60
ASKED_S = 10
POLL_S = 0.02


@dataclass(frozen=True)
class Request:
    """As it arrived. The names of headers are in lower case, the path has its query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Raises ValueError where the body is none."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def head(self, length: int | None) -> bytes:
        """Without a length the body ends when the connection does."""
        size = {"Connection": "close"} if length is None else {"Content-Length": str(length)}
        lines = [f"{name}: {value}" for name, value in {**self.headers, **size}.items()]
        return "\r\n".join([f"HTTP/1.1 {self.status} Stub", *lines, "", ""]).encode("latin-1")


def json_reply(status: int, value: Any, **headers: str) -> Reply:
    """`headers` in Python's spelling: x_amzn_RequestId."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


@dataclass(frozen=True)
class Answer:
    """What happens to one request. `name` is for people: ids of tests, messages of failures."""

    name: str
    give: Callable[["Exchange"], None]

    def __repr__(self) -> str:
        return self.name


def replying(name: str, reply_to: Callable[[Request], Reply]) -> Answer:
    """An answer that is made of the request, and sent whole."""
    return Answer(name, lambda exchange: exchange.send(reply_to(exchange.asked)))


class Stub:
    """The side that tests see. A script is used up first; then `always` holds; else `normal`, which
    is what the vendor does on a good day."""

    def __init__(self, normal: Callable[[Request], Reply]) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self.normal = normal
        self._script: deque[Answer] = deque()
        self._always: Answer | None = None
        self._lock = threading.Condition()

    def say(self, answer: Answer, *more: Answer) -> None:
        """One answer for each of the coming requests, in order of their arrival."""
        with self._lock:
            self._script.extend((answer, *more))

    def always(self, answer: Answer | None) -> None:
        """From now on; None: as on a good day."""
        with self._lock:
            self._always = answer

    def until_asked(self, times: int = 1, seconds: float = ASKED_S) -> None:
        """Returns when so many requests have arrived, whether answered or not. Raises TimeoutError."""
        with self._lock:
            if not self._lock.wait_for(lambda: len(self.requests) >= times, seconds):
                raise TimeoutError(f"{len(self.requests)} of {times} requests within {seconds:g} s")

    def arrived(self, request: Request) -> Answer:
        """Recorded and given its answer in one step, so that both have the same order."""
        with self._lock:
            self.requests.append(request)
            self._lock.notify_all()
            if self._script:
                return self._script.popleft()
            return self._always or replying("normal", self.normal)


class Exchange(BaseHTTPRequestHandler):
    """One connection, and the request that is being answered on it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_S
    asked: Request

    @property
    def stub(self) -> Stub:
        assert isinstance(self.server, _Server)
        return self.server.stub

    def send(self, reply: Reply) -> None:
        self.write(reply.head(len(reply.body)) + reply.body)

    def write(self, data: bytes) -> None:
        self.wfile.write(data)

    def hang_up(self) -> None:
        """After what was written so far: the client sees the end of the stream."""
        self.close_connection = True

    def normal(self) -> Reply:
        return self.stub.normal(self.asked)

    def _answer(self) -> None:
        if "transfer-encoding" in self.headers:
            # Neither vendor's client sends chunks; an adapter that does should hear of it here.
            return self._refuse(411)
        length = int(self.headers.get("content-length", 0))
        if length > REQUEST_LIMIT:
            return self._refuse(413)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked = Request(self.command, self.path, headers, self.rfile.read(length))
        return self.stub.arrived(self.asked).give(self)

    def _refuse(self, status: int) -> None:
        self.send(Reply(status, b""))
        self.hang_up()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 -- its names

    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002
        """Nothing: a test that fails shows `requests`."""


class _Server(ThreadingHTTPServer):
    """Closes its connections and waits for its threads, so that nothing outlives a test."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, stub: Stub) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.stub = stub
        self.failures: list[BaseException] = []
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        with self._lock:
            self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        failure = sys.exception()
        if failure is not None and not isinstance(failure, ConnectionError):
            self.failures.append(failure)

    def disconnect(self) -> None:
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    """Closing ends what is under way: a slow answer waits no longer, a client is cut off. A fault of
    the stub itself is raised then, since its client saw no more than a broken connection."""
    server = _Server(stub)
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": POLL_S})
    thread.start()
    try:
        yield stub
    finally:
        stub.closing.set()
        server.shutdown()
        server.disconnect()
        server.server_close()
        thread.join()
    if server.failures:
        raise server.failures[0]
