"""What a client sends makes no line of a log, and no header of an answer."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from local.environments import SERVICES

from conftest import until
from security.ledger import Ledger
from security.people import Person
from security.raw import get, send
from stack.processes import ProcessStack

ESCAPES = (
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x08\x08",
    "\r",
    "\x00",
    "\x7f",
    "\u2028",
    "\u0085",
)
PLACES: list[Callable[[str, str], tuple[str, list[str]]]] = [
    lambda text, quoted: (f"/v1/{quoted}", []),
    lambda text, quoted: (f"/samples/{quoted}", []),
    lambda text, quoted: (f"/assets/{quoted}", []),
    lambda text, quoted: (f"/{quoted}", []),
    lambda text, quoted: (f"/samples/index.json/{quoted}", []),
    lambda text, quoted: (f"/v1/analyses?cursor={quoted}", []),
    lambda text, quoted: (f"/v1/analyses/{quoted}", []),
    lambda text, quoted: ("/v1/me", [f"X-Request-Id: {text}"]),
    lambda text, quoted: ("/v1/me", [f"User-Agent: {text}"]),
    lambda text, quoted: ("/v1/me", [f"traceparent: {text}"]),
    lambda text, quoted: ("/v1/me", [f"Authorization: Bearer {text}"]),
    lambda text, quoted: ("/v1/me", [f"X-API-Key: {text}"]),
    lambda text, quoted: ("/v1/me", [f"X-Forwarded-For: {text}"]),
    lambda text, quoted: ("/samples/none", [f"Referer: {text}"]),
    lambda text, quoted: ("/v1/analyses", [f"Referer: {text}", "Content-Length: 99999999"]),
    lambda text, quoted: ("/v1/analyses", [f"Cookie: {text}", "Content-Length: 99999999"]),
    lambda text, quoted: (f"/v1/{quoted}", ["Content-Length: 99999999"]),
]


def quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


@pytest.fixture
def marks(stack: ProcessStack) -> Callable[[], list[tuple[Path, bytes]]]:
    """What has been written since, by log."""
    before = {log: log.stat().st_size for log in stack.logs()}

    def since() -> list[tuple[Path, bytes]]:
        return [(log, log.read_bytes()[before.get(log, 0) :]) for log in stack.logs()]

    return since


def wait_for(since: Callable[[], list[tuple[Path, bytes]]], mark: str) -> None:
    """Until a request that came after all others is in the gateway's log."""
    name = "gateway.log"
    until(lambda: any(log.name == name and mark.encode() in new for log, new in since()) or None)


def test_no_line_of_a_log_is_a_clients(
    ledger: Ledger,
    stack: ProcessStack,
    owner: Person,
    marks: Callable[[], list[tuple[Path, bytes]]],
) -> None:
    mark = f"forged-{uuid.uuid4().hex[:8]}"
    forged = f'\n{{"event": "{mark}"}}'
    texts = [forged, forged.replace("\n", "\r\n"), *(f"{mark}{one}" for one in ESCAPES)]
    tried = 0
    for text in texts:
        for place in PLACES:
            target, headers = place(text, quoted(text))
            inline = [one.replace("\n", " ").replace("\x00", "") for one in headers]
            get(stack.base_url, target, *(one.encode() for one in inline))
            tried += 1
    end = uuid.uuid4().hex
    owner.user.get("/v1/me", headers={"X-Request-Id": end})
    wait_for(marks, end)
    found = [
        f"{log.name}: {line[:120]!r}"
        for log, new in marks()
        for line in new.split(b"\n")
        if is_forged(log, line, mark) or (log.stem in OURS and moves_the_cursor(line))
    ]
    ledger.none("texts that would be a line of a log, or move its cursor", tried, "written", found)


OURS = (*SERVICES, "edge")


def moves_the_cursor(line: bytes) -> bool:
    return any(byte < 0x20 and byte != 0x09 for byte in line)


def is_forged(log: Path, line: bytes, mark: str) -> bool:
    """Ours are objects with the name of the service; nginx' begin with the time."""
    if mark.encode() not in line:
        return False
    if log.stem == "edge":
        return not line[:4].isdigit()
    try:
        written = json.loads(line)
    except ValueError:
        return True
    return "service" not in written or written.get("event") == mark


def test_no_header_of_an_answer_is_a_clients(ledger: Ledger, base_url: str, owner: Person) -> None:
    ends = (
        "%0d%0a",
        "%0a",
        "%0d",
        "%e5%98%8a%e5%98%8d",
        "%0d%0a%20",
        "\\r\\n",
        "%00%0d%0a",
        "%23%0d%0a",
    )
    places = (
        "/v1/analyses?cursor=x{}X-Mine:1",
        "/v1/{}X-Mine:1",
        "/{}X-Mine:1",
        "/docs/{}X-Mine:1",
        "/v1/me/{}X-Mine:1",
        "/samples/{}X-Mine:1",
        "/assets{}X-Mine:1",
        "/v1/exports/{}X-Mine:1",
        "/v1/analyses/{}X-Mine:1/",
        "/.well-known/jwks.json?{}X-Mine:1",
    )
    who = f"Authorization: Bearer {owner.access_token}"
    found = []
    for place in places:
        for end in ends:
            answer = get(base_url, place.format(end), who)
            if b"\nx-mine" in answer.head.lower() or len(answer.statuses) > 1:
                found.append(place.format(end))
    headers = {
        "request id": b"X-Request-Id: a\tb",
        "prefer": b"Prefer: wait=1\x0bX-Mine: 1",
        "key": b"Idempotency-Key: a\x0cb",
        "NUL": b"X-Request-Id: a\0b",
        "CR": b"X: a\rX-Mine: 1",
        "a folded line": b"X: a\r\n X-Mine: 1",
        "a space before": b"X : 1",
        "no name": b": 1",
    }
    for name, header in headers.items():
        answer = get(base_url, "/v1/me", who, header)
        echoed = b"\nx-mine" in answer.head.lower() or b"a\tb" in answer.head
        if echoed or answer.status not in (200, 400):
            found.append(f"{name}: {answer.status}")
    tried = len(places) * len(ends) + len(headers)
    ledger.none("texts that would be a header of the answer", tried, "written", found)


def test_headers_that_are_too_much_are_refused(ledger: Ledger, base_url: str) -> None:
    lines = {
        "one of 64 kB": b"X: " + b"a" * 65536,
        "10,000 of them": b"\r\n".join([b"X: a"] * 10_000),
        "a name of 64 kB": b"a" * 65536 + b": 1",
        "a cookie of 64 kB": b"Cookie: " + b"a=b; " * 13_000,
    }
    found = []
    for name, line in lines.items():
        answer = send(base_url, b"GET /v1/me HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n")
        if answer.statuses not in ([400], [431]) or b"application/problem+json" not in answer.data:
            found.append(f"{name}: {answer.statuses}")
    ledger.none("headers that are too many, or too long", len(lines), "not refused", found)
