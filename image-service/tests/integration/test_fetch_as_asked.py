"""Pictures on servers as they are: signed addresses, encoded bodies, long headers, cookies, and names
whose first address does not answer."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field

import pytest

from image_service.errors import Refused
from image_service.fetch.fetcher import Fetcher
from image_service.fetch.target import Guard

LIMIT = 100_000
OK = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nimage"


@dataclass
class Site:
    """A server that answers each request with the next of `answers`, as it stands."""

    port: int = 0
    answers: list[str | bytes] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://pictures.test:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.lines.append(head[0])
        self.headers.append(dict(line.split(": ", 1) for line in head[1:] if line))
        answer = self.answers.pop(0)
        writer.write(answer.encode() if isinstance(answer, str) else answer)
        await writer.drain()
        writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.port = server.sockets[0].getsockname()[1]
    async with server:
        yield site


def fetcher(site: Site, *addresses: str) -> Fetcher:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    origins = {site.origin, site.origin.replace("pictures", "other")}
    return Fetcher(Guard(frozenset(origins), resolve), LIMIT, timeout=5)


async def refusal(fetch: Awaitable[bytes]) -> str:
    with pytest.raises(Refused) as refused:
        await fetch
    return refused.value.code


def moved(where: str, *headers: str) -> str:
    lines = ["HTTP/1.1 302 Found", f"Location: {where}", "Content-Length: 0", *headers]
    return "\r\n".join([*lines, "", ""])


@pytest.mark.parametrize(
    "target", ["/a%27%2F%2f%40%3A?", "/a?X-Amz-Credential=K%2Fus&sig=%3a%3A+%20", "/a/../b;?=%"]
)
async def test_the_request_line_holds_what_the_address_holds(site: Site, target: str) -> None:
    site.answers = [moved(target), OK]
    assert await fetcher(site, "127.0.0.1").fetch(site.origin + target) == b"image"
    assert site.lines == [f"GET {target} HTTP/1.1"] * 2
    assert {sent["Host"] for sent in site.headers} == {f"pictures.test:{site.port}"}


async def test_five_redirects_are_followed_and_the_sixth_is_not(site: Site) -> None:
    site.answers = [*(moved(f"/{number}") for number in range(5)), OK]
    assert await fetcher(site, "127.0.0.1").fetch(f"{site.origin}/a") == b"image"
    assert len(site.lines) == 6
    site.answers = [moved(f"/{number}") for number in range(6)]
    assert (
        await refusal(fetcher(site, "127.0.0.1").fetch(f"{site.origin}/a")) == "image-unreachable"
    )
    assert site.answers == []


async def test_a_redirect_that_leads_nowhere_is_final(site: Site) -> None:
    site.answers = ["HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"]
    assert (
        await refusal(fetcher(site, "127.0.0.1").fetch(f"{site.origin}/a")) == "image-unreachable"
    )


async def test_an_answer_that_a_proxy_changed_is_an_answer(site: Site) -> None:
    site.answers = [OK.replace("200 OK", "203 Non-Authoritative Information")]
    assert await fetcher(site, "127.0.0.1").fetch(f"{site.origin}/a") == b"image"


async def test_a_body_that_is_always_encoded_is_decoded(site: Site) -> None:
    body = gzip.compress(bytes(LIMIT))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    site.answers = [head.encode() + body]
    assert await fetcher(site, "127.0.0.1").fetch(f"{site.origin}/a") == bytes(LIMIT)
    assert site.headers[0]["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    ("body", "code"),
    [(gzip.compress(bytes(LIMIT + 1)), "image-too-large"), (b"plain", "image-unreachable")],
)
async def test_a_body_that_cannot_be_decoded_is_refused(site: Site, body: bytes, code: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    site.answers = [head.encode() + body]
    assert await refusal(fetcher(site, "127.0.0.1").fetch(f"{site.origin}/a")) == code


async def test_a_header_line_may_have_sixty_thousand_bytes(site: Site) -> None:
    site.answers = [OK.replace("\r\n\r\n", f"\r\nX-Policy: {'p' * 60_000}\r\n\r\n")]
    assert await fetcher(site, "127.0.0.1").fetch(f"{site.origin}/a") == b"image"


async def test_cookies_live_for_one_chain_of_redirects_and_one_site(site: Site) -> None:
    other = site.origin.replace("pictures", "other")
    site.answers = [moved("/b", "Set-Cookie: seen=1+1; Path=/"), moved(f"{other}/c"), OK, OK]
    fetch = fetcher(site, "127.0.0.1")
    await fetch.fetch(f"{site.origin}/a")
    await fetch.fetch(f"{site.origin}/a")
    assert [sent.get("Cookie") for sent in site.headers] == [None, "seen=1+1", None, None]


async def test_where_the_first_address_does_not_answer_the_next_is_tried(site: Site) -> None:
    site.answers = [OK]
    assert await fetcher(site, "127.0.0.2", "127.0.0.1").fetch(f"{site.origin}/a") == b"image"


async def test_an_address_that_says_nothing_holds_the_next_up_no_longer_than_a_moment(
    site: Site,
) -> None:
    with (
        socket.create_server(("127.0.0.3", site.port), backlog=0) as deaf,
        # Its one place is taken, so that what comes next waits as it does before a firewall.
        socket.create_connection(deaf.getsockname()),
    ):
        site.answers = [OK]
        fetch = fetcher(site, "127.0.0.3", "127.0.0.1")
        assert await fetch.fetch(f"{site.origin}/a") == b"image"


async def test_a_name_that_no_host_has_is_refused_unresolved(site: Site) -> None:
    async def never(_host: str, _port: int) -> list[str]:
        pytest.fail("it was resolved")

    for name in ("a$b.test", "a,b.test", "a b.test", "a..test", "a%2eb.test", "-a.test"):
        assert (
            await refusal(Fetcher(Guard(frozenset(), never), LIMIT, 5).fetch(f"http://{name}/"))
            == "address-not-allowed"
        )
