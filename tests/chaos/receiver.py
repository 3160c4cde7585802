"""Who is sent webhooks: keeps every message, and answers each with 204."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LARGEST = 1 << 20
READ_S = 10


@dataclass(frozen=True)
class Message:
    """As it arrived; header names in lower case."""

    headers: dict[str, str]
    body: bytes


class Receiver(ThreadingHTTPServer):
    """Listens at `address`, and is called `name` by the one who sends."""

    daemon_threads = True

    def __init__(self, address: str, name: str) -> None:
        super().__init__((address, 0), _Handler)
        self.url = f"http://{name}:{self.server_port}"
        self.messages: list[Message] = []


class _Handler(BaseHTTPRequestHandler):
    timeout = READ_S

    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        length = int(self.headers["Content-Length"])
        if length > LARGEST:
            self.send_error(413)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.messages.append(Message(headers, self.rfile.read(length)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *_arguments: object) -> None:  # noqa: A002
        """Nothing: the report counts them."""


@contextmanager
def receiving(address: str, name: str) -> Iterator[Receiver]:
    """A receiver that listens until the block ends."""
    receiver = Receiver(address, name)
    thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()
        thread.join()
