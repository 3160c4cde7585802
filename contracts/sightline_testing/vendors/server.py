"""Answers that go wrong below any vendor's own errors: slow, half, cut, malformed, endless, or of a
proxy before the vendor. Each is for `Stub.say` and `Stub.always` of either stub."""

from typing import Any

from sightline_testing.vendors.stub import (
    Answer,
    Exchange,
    Reply,
    Request,
    Stub,
    json_reply,
    replying,
)

__all__ = [
    "MALFORMED",
    "Answer",
    "Reply",
    "Request",
    "Stub",
    "cut",
    "drip",
    "endless",
    "half",
    "malformed",
    "slow",
    "status",
    "wrong_shape",
]

MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html"}
ENDLESS_BYTES = 64 * MIB

MALFORMED: dict[str, bytes] = {
    "broken_off": b'{"status": {"code": 10000, "descr',
    "empty": b"",
    "html": b"<html><body>It works!</body></html>",
    "not_utf8": b'{"status": "\xff\xfe"}',
    "a_word": b"OK",
}
"""Bodies that are no JSON, by what is wrong with them."""


def slow(seconds: float, then: Answer | None = None) -> Answer:
    """Waits before its first byte, then `then`, else as on a good day. Closing the stub ends it."""

    def give(exchange: Exchange) -> None:
        if exchange.stub.closing.wait(seconds):
            exchange.hang_up()
        elif then is None:
            exchange.send(exchange.normal())
        else:
            then.give(exchange)

    return Answer(f"slow({seconds:g})", give)


def drip(pause_s: float = 0.05) -> Answer:
    """A good answer, a byte at a time: no single read is late, only the whole."""

    def give(exchange: Exchange) -> None:
        reply = exchange.normal()
        exchange.write(reply.head(len(reply.body)))
        for position in range(len(reply.body)):
            if exchange.stub.closing.wait(pause_s):
                return exchange.hang_up()
            exchange.write(reply.body[position : position + 1])
        return None

    return Answer(f"drip({pause_s:g})", give)


def half() -> Answer:
    """All headers and half of the body that they promise, then the end of the connection."""

    def give(exchange: Exchange) -> None:
        reply = exchange.normal()
        length = len(reply.body)
        exchange.write(reply.head(length) + reply.body[: length // 2])
        exchange.hang_up()

    return Answer("half", give)


def cut() -> Answer:
    """The end of the connection instead of an answer."""
    return Answer("cut", Exchange.hang_up)


def malformed(body: bytes = MALFORMED["broken_off"]) -> Answer:
    """200, and a body that is no JSON though its type says so."""
    return replying("malformed", lambda _request: Reply(200, body, JSON))


def wrong_shape(value: Any = ()) -> Answer:
    """200, and JSON of another shape; each vendor's module has WRONG_SHAPES to choose from."""
    return replying("wrong_shape", lambda _request: json_reply(200, value))


def status(code: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    """What a proxy before the vendor says: 502 or 503 in HTML, or a redirection."""
    return replying(
        f"status({code})", lambda _request: Reply(code, body, {**HTML, **(headers or {})})
    )


def endless(limit: int = ENDLESS_BYTES) -> Answer:
    """A string in JSON that does not end, with no length said before; bounded, so that a client that
    reads on fails its test and not the machine."""

    def give(exchange: Exchange) -> None:
        exchange.hang_up()
        exchange.write(Reply(200, b"", JSON).head(None) + b'{"status": "')
        sent, block = 0, b"x" * (MIB // 16)
        while sent < limit and not exchange.stub.closing.is_set():
            exchange.write(block)
            sent += len(block)

    return Answer("endless", give)
