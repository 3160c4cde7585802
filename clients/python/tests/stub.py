"""A server that answers as a test tells it to, and remembers what it was asked."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Stub:
    """`answers`: by "METHOD /path", what to say, one after the other; the last one again and again."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, list[Answer | Callable[[Asked], Answer]]] = field(default_factory=dict)

    def on(self, operation: str, *answers: Answer | Callable[[Asked], Answer]) -> None:
        self.answers[operation] = list(answers)

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        left = self.answers.get(f"{asked.method} {asked.path.partition('?')[0]}")
        if not left:
            return problem(404, "not-found")
        found = left.pop(0) if len(left) > 1 else left[0]
        return found(asked) if callable(found) else found


def ok(value: Any, status: int = 200, **headers: str) -> Answer:
    return status, {"Content-Type": "application/json", **headers}, json.dumps(value).encode()


def problem(status: int, slug: str, **headers: str) -> Answer:
    body = {
        "type": f"/problems/{slug}",
        "title": slug,
        "detail": f"It is {slug}.",
        "status": status,
    }
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "application/problem+json", **given}, json.dumps(body).encode()


def events(*states: dict[str, Any]) -> Answer:
    lines = "".join(
        f"event: status\nid: {number}\ndata: {json.dumps(state)}\n\n"
        for number, state in enumerate(states)
    )
    return 200, {"Content-Type": "text/event-stream"}, lines.encode()


def analysis(status: str = "succeeded", **more: Any) -> dict[str, Any]:
    error = {"code": "timeout", "title": "t", "detail": "It took too long.", "attempts": 3}
    return {
        "id": "an_1",
        "status": status,
        "created_at": "2026-11-27T10:00:00.000Z",
        "error": error if status == "failed" else None,
        "result": {"faces": [], "labels": []} if status == "succeeded" else None,
        "summary": {"faces": 2, "text_lines": 1, "labels": ["dog"], "codes": 0}
        if status == "succeeded"
        else None,
        **more,
    }


@contextlib.contextmanager
def serving() -> Iterator[Stub]:
    stub = Stub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, dict(self.headers), body)
            status, headers, content = stub.answer(asked)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a client may have gone
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        stub.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield stub
        finally:
            server.shutdown()
            thread.join()
