"""The guarded fetch against hostile addresses: nothing is opened, and a wrong body is not read on."""

import asyncio
import gzip
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field

import pytest

from hostile.addresses import ADDRESSES, NAMES, PUBLIC, REDIRECTS, resolve
from image_service.errors import Broke, Refused
from image_service.fetch.fetcher import Fetcher
from image_service.fetch.target import Guard

AT_LEAST = 120
LIMIT = 100_000
FETCH_S = 1.0
SITE = "pictures.test"
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Witness:
    """Every connection that this process tries to open, told by the interpreter itself, which opens
    none to another machine."""

    watching: bool = False
    opened: list[object] = field(default_factory=list)

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.watching and event == "socket.connect":
            self.opened.append(arguments[1])
            if not str(arguments[1]).startswith("('127.0.0.1', "):
                raise ConnectionRefusedError


WITNESS = Witness()
sys.addaudithook(WITNESS)


@pytest.fixture
def witness() -> Iterator[Witness]:
    WITNESS.opened.clear()
    WITNESS.watching = True
    yield WITNESS
    WITNESS.watching = False


def fetcher(*allowed: str, port: int = 0) -> Fetcher:
    """`port`: where SITE is, which may be private."""
    elsewhere = {(SITE, 80): ("loopback.test", port)} if port else None
    return Fetcher(Guard(frozenset(allowed), resolve, elsewhere), LIMIT, FETCH_S)


async def outcome(fetch: Fetcher, address: str) -> str:
    try:
        await fetch.fetch(address)
    except (Refused, Broke) as error:
        return error.code
    return "fetched"


async def test_no_hostile_address_opens_anything(
    witness: Witness, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = {address: await outcome(fetcher(), address) for address in ADDRESSES}
    with capsys.disabled():
        print(  # noqa: T201 - the counts are the point
            f"\nhostile addresses: tried {len(ADDRESSES)}, opened {len(witness.opened)}"
        )
    assert witness.opened == []
    # The second is a spelling that no resolver knows.
    assert set(codes.values()) <= {"address-not-allowed", "image-unreachable"}
    assert len(ADDRESSES) >= AT_LEAST


async def test_the_witness_sees_what_is_opened(witness: Witness) -> None:
    origin = "http://loopback.test:1"
    assert await outcome(fetcher(origin), f"{origin}/") == "image-unreachable"
    assert witness.opened == [("127.0.0.1", 1)]


async def test_a_name_is_asked_for_once_whatever_it_says_next(
    witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the first answer may be connected to, the second is internal. Loopback stands
    for the public address, so that no other machine is reached for."""
    answers = iter((["127.0.0.1"], ["10.0.0.5"]))

    async def rebinding(_host: str, _port: int) -> list[str]:
        return next(answers)

    monkeypatch.setattr("image_service.fetch.target.is_public", lambda one: one == "127.0.0.1")
    fetch = Fetcher(Guard(frozenset(), rebinding), LIMIT, FETCH_S)
    await outcome(fetch, f"http://{SITE}/")
    assert set(witness.opened) == {("127.0.0.1", 80)}
    assert next(answers) == ["10.0.0.5"], "nobody asked a second time"


@pytest.fixture
async def site() -> AsyncIterator["Site"]:
    found = Site()
    async with await asyncio.start_server(found.serve, "127.0.0.1", 0) as server:
        found.port = server.sockets[0].getsockname()[1]
        yield found


@dataclass
class Site:
    """A server on this machine in the place of a stranger's."""

    port: int = 0
    answer: Answer | None = None
    sent: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            assert self.answer is not None
            await self.answer(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the fetcher has seen enough
        finally:
            writer.close()

    async def fetched(self) -> str:
        return await outcome(fetcher(f"http://{SITE}:80", port=self.port), f"http://{SITE}/")

    async def endless(self, writer: asyncio.StreamWriter, part: bytes = bytes(10_000)) -> None:
        while True:
            writer.write(part)
            self.sent += len(part)
            await writer.drain()


async def test_no_redirect_of_a_stranger_leads_inside(site: Site, witness: Witness) -> None:
    codes = set()
    for where in REDIRECTS:

        async def redirect(writer: asyncio.StreamWriter, where: str = where) -> None:
            line = f"HTTP/1.1 302 Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n"
            writer.write(line.encode())

        site.answer = redirect
        codes.add(await site.fetched())
    assert codes <= {"address-not-allowed", "image-unreachable"}
    assert set(witness.opened) == {("127.0.0.1", site.port)}


def head(*lines: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


async def never(site: Site, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def endless(site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Type: image/png"))
    await site.endless(writer)


async def endless_chunks(site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(head("Transfer-Encoding: chunked"))
    await site.endless(writer, b"2710\r\n" + bytes(10_000) + b"\r\n")


async def endless_head(site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await site.endless(writer, b"X-A: " + b"a" * 9000 + b"\r\n")


async def endless_line(site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-A: ")
    await site.endless(writer, b"a" * 10_000)


async def slow(_site: Site, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, so that no read takes too long by itself."""
    writer.write(head("Content-Length: 1000"))
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.05)


async def says_much(_site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(head(f"Content-Length: {10**12}") + b"a")


async def says_more_than_it_sends(_site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Length: 1000") + b"a")


async def says_less_than_nothing(_site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Length: -1") + b"a")


async def two_lengths(_site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(head("Content-Length: 1", "Content-Length: 2") + b"aa")


async def compressed(_site: Site, writer: asyncio.StreamWriter) -> None:
    """10 MB in 10 kB, which is more than the fetcher takes."""
    bomb = gzip.compress(bytes(10_000_000))
    writer.write(head("Content-Encoding: gzip", f"Content-Length: {len(bomb)}") + bomb)


async def no_http(_site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.test ESMTP\r\n")


async def nothing(_site: Site, _writer: asyncio.StreamWriter) -> None:
    pass


async def bad_chunks(_site: Site, writer: asyncio.StreamWriter) -> None:
    writer.write(head("Transfer-Encoding: chunked") + b"zz\r\na\r\n")


@pytest.mark.parametrize(
    ("serve", "code"),
    [
        (never, "image-unreachable"),
        (endless, "image-too-large"),
        (endless_chunks, "image-too-large"),
        (endless_head, "image-unreachable"),
        (endless_line, "image-unreachable"),
        (slow, "image-unreachable"),
        (says_much, "image-too-large"),
        (says_more_than_it_sends, "image-unreachable"),
        (says_less_than_nothing, "image-unreachable"),
        (two_lengths, "image-unreachable"),
        (no_http, "image-unreachable"),
        (nothing, "image-unreachable"),
        (bad_chunks, "image-unreachable"),
        (compressed, "image-too-large"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
async def test_a_wrong_body_meets_the_caps(
    site: Site, serve: Callable[[Site, asyncio.StreamWriter], Awaitable[None]], code: str
) -> None:
    site.answer = lambda writer: serve(site, writer)
    assert await site.fetched() == code
    assert site.sent < 100 * LIMIT, "it was not read for as long as it came"


def test_names_are_all_internal_or_mixed() -> None:
    assert all(found != [PUBLIC] for found in NAMES.values())
