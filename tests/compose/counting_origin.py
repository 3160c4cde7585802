"""An origin of this machine that counts what it is asked."""

import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BODY = b"0123456789"
BACKLOG = 200
Headers = dict[str, str]


class _Server(ThreadingHTTPServer):
    request_queue_size = BACKLOG
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is nothing to tell of."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class CountingOrigin:
    """Answers each path with the headers that a test has given it, and keeps what it was asked."""

    def __init__(self) -> None:
        self.headers: dict[str, Headers | Callable[[Any], Headers]] = {}
        self.bodies: dict[str, bytes] = {}
        self.asked: list[tuple[str, str, Headers]] = []
        self.pause_s = 0.0
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def hits(self, path: str) -> int:
        return sum(asked == path for _, asked, _ in self.asked)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        origin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                origin.asked.append((self.command, self.path, dict(self.headers)))
                time.sleep(origin.pause_s)  # the time that an origin takes
                given = origin.headers.get(self.path.partition("?")[0], {})
                headers = given(self.headers) if callable(given) else given
                same = headers.get("ETag", "-") == self.headers.get("If-None-Match")
                body = b"" if same else origin.bodies.get(self.path, BODY)
                self.send_response(304 if same else 200)
                for name, value in headers.items():
                    self.send_header(name, value)
                if not same:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        for method in ("GET", "HEAD", "POST", "PUT"):
            setattr(Handler, f"do_{method}", Handler.answer)
        return Handler
