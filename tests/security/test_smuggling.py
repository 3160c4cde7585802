"""What the edge takes for one request is one request to the gateway as well (RFC 9112 §11.2)."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from local import edge

from conftest import until
from security.ledger import Ledger
from security.people import Person
from security.raw import send
from stack.processes import ProcessStack

AT_ONCE = 8
OUTER, INNER = "/v1/outer-{}", "/v1/inner-{}"
TWICE = b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"
ENCODINGS = (
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:\tchunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    TWICE,
    b"Transfer-Encoding: CHUNKED",
    b"Transfer-Encoding: chunked;x",
    b"Transfer-Encoding: \x0bchunked",
    b" Transfer-Encoding: chunked",
    b"X: x\nTransfer-Encoding: chunked",
    b"Transfer-Encoding\r\n: chunked",
    b"Transfer_Encoding: chunked",
    b"Transfer-Encoding: 'chunked'",
    b'Transfer-Encoding: "chunked"',
    b"Transfer-Encoding: cow",
    b"Transfer-Encoding:\r\n chunked",
    b"Transfer-Encoding: chunk\0ed",
    b"TE: chunked",
    b"Transfer-Encoding: chunked\x0c",
    b"Foo: bar\r\n\rTransfer-Encoding: chunked",
)
LENGTHS = (
    b"+%d",
    b"-%d",
    b"0x%x",
    b"%d ",
    b"\t%d",
    b"%d, %d",
    b"%d;",
    b"1e1",
    b"00%d",
    b"%d\x0b",
    b"",
)
CHUNKS = (
    b"0x5",
    b"5;a=b",
    b"-5",
    b"+5",
    b" 5",
    b"5 ",
    b"05",
    b"5\t",
    b"",
    b"g",
    b"ffffffffffffffff",
    b"10000000000000005",
    b"5\0",
    b"5;\n",
    b"5;a\r",
    b"5\n",
)


def requests(mark: str) -> dict[str, bytes]:
    """By name: bytes in which a second request may be seen by who counts otherwise."""
    inner = f"GET {INNER.format(mark)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    head = f"POST {OUTER.format(mark)} HTTP/1.1\r\nHost: x\r\n".encode()
    chunked = b"0\r\n\r\n" + inner
    length = b"Content-Length: %d\r\n" % len(chunked)
    te = b"Transfer-Encoding: chunked\r\n"
    found = {
        "length, then chunks": head + length + te + b"\r\n" + chunked,
        "chunks, then length": head + te + length + b"\r\n" + chunked,
        "short length and chunks": head + b"Content-Length: 4\r\n" + te + b"\r\n" + chunked,
        "length 0 and chunks": head + b"Content-Length: 0\r\n" + te + b"\r\n" + chunked,
        "two lengths": head + length + b"Content-Length: 0\r\n\r\n" + chunked,
        "two lengths, reversed": head + b"Content-Length: 0\r\n" + length + b"\r\n" + chunked,
        "one length twice": head + length + length + b"\r\n" + chunked,
        "a body of HTTP/1.0 chunks": head.replace(b"1.1", b"1.0") + te + length + b"\r\n" + chunked,
    }
    for line in ENCODINGS:
        found[f"{line!r}"] = head + length + line + b"\r\n\r\n" + chunked
    for value in LENGTHS:
        count = value.count(b"%")
        given = value % ((len(chunked),) * count)
        found[f"length {value!r}"] = head + b"Content-Length: " + given + b"\r\n\r\n" + chunked
    for size in CHUNKS:
        body = size + b"\r\nabcde\r\n0\r\n\r\n"
        found[f"chunk {size!r}"] = head + te + b"\r\n" + body.replace(b"abcde", b"abcde" + inner)
    return {**found, **others(head, inner, chunked, mark)}


def others(head: bytes, inner: bytes, chunked: bytes, mark: str) -> dict[str, bytes]:
    target, length = OUTER.format(mark).encode(), b"Content-Length: %d\r\n" % len(chunked)
    one = b"GET " + target + b" HTTP/1.1\r\n"
    within = INNER.format(mark).encode()
    hops = (
        b"X-Request-Id",
        b"Authorization",
        b"Host",
        b"Content-Length",
        b"X-Forwarded-For",
        b"X-API-Key",
    )
    return {
        **{
            f"Connection: {name.decode()}": head
            + length
            + b"Connection: close, "
            + name
            + b"\r\n\r\n"
            + chunked
            for name in hops
        },
        "line feeds alone": (head + length + b"\n" + chunked).replace(b"\r\n", b"\n"),
        "a line feed in the head": one + b"Host: x\nX: y\r\n\r\n",
        "an absolute address": one.replace(target, b"http://x" + target) + b"Host: x\r\n\r\n",
        "an absolute address, another host": one.replace(target, b"http://y" + target)
        + b"Host: x\r\n\r\n",
        "two hosts": one + b"Host: x\r\nHost: y\r\n\r\n",
        "no host": one + b"\r\n",
        "a space in the address": one.replace(target, target + b" HTTP/1.1\r\nX: " + within)
        + b"Host: x\r\n\r\n",
        "a tab for a space": one.replace(b" HTTP", b"\tHTTP") + b"Host: x\r\n\r\n",
        "an upgrade": one + b"Host: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        "an upgrade to a socket": one + b"Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
        "Expect": head + length + b"Expect: 100-continue\r\n\r\n" + chunked,
        "an unknown Expect": head + length + b"Expect: x\r\n\r\n" + chunked,
        "a body of GET": one + b"Host: x\r\n" + length + b"\r\n" + chunked,
        "TRACE": one.replace(b"GET", b"TRACE") + b"Host: x\r\n" + length + b"\r\n" + chunked,
        "CONNECT": b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n" + length + b"\r\n" + chunked,
        "HTTP/0.9": b"GET " + target + b"\r\n",
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "a request in a header": one
        + b"Host: x\r\nX: "
        + inner.replace(b"\r\n", b"%0d%0a")
        + b"\r\n\r\n",
        "a request in the address": one.replace(
            target, target + b"%20HTTP/1.1%0d%0aHost:%20x%0d%0a%0d%0aGET%20" + within
        )
        + b"Host: x\r\n\r\n",
    }


@pytest.fixture
def seen(stack: ProcessStack, owner: Person) -> Callable[[], str]:
    """What the gateway has written of requests, once all that were sent before are in it."""
    if edge.nginx() is None:
        pytest.skip("no nginx on this machine")
    log = next(one for one in stack.logs() if one.name == "gateway.log")
    before = log.stat().st_size

    def read() -> str:
        end = uuid.uuid4().hex
        owner.user.get("/v1/me", headers={"X-Request-Id": end})

        def new() -> str | None:
            text = log.read_bytes()[before:].decode()
            return text if end in text else None

        return until(new)

    return read


def test_no_request_is_hidden_in_another(
    ledger: Ledger, base_url: str, seen: Callable[[], str]
) -> None:
    marks = {name: uuid.uuid4().hex[:12] for name in requests("")}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {
            name: pool.submit(send, base_url, requests(mark)[name]) for name, mark in marks.items()
        }
        sent = {name: (marks[name], job.result()) for name, job in jobs.items()}
    text = seen()
    found, outer = [], 0
    for name, (mark, answer) in sent.items():
        hidden = text.count(f'"path": "{INNER.format(mark)}"')
        times = text.count(f'"path": "{OUTER.format(mark)}')
        refused = all(
            400 <= status < 600 and status not in (500, 502, 503, 504)
            for status in answer.statuses
            if status != 100
        )
        outer += times
        if hidden or times > 1 or not refused:
            found.append(f"{name}: {answer.statuses}, seen {times}, hidden {hidden}")
    what = "requests that may be two; the gateway has seen"
    ledger.none(f"{what} {outer} outer, of inner", len(sent), "seen", found)
