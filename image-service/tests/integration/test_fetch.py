"""Hostile addresses: nothing is opened. Listeners on loopback are the witnesses."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from image_service.errors import Broke, Refused
from image_service.fetch.addresses import is_public
from image_service.fetch.fetcher import Fetcher
from image_service.fetch.target import NO_SUCH_NAME, Guard, Resolve, system_resolver

LIMIT = 1000
PRIVATE = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "not an address",
    "",
]


@dataclass
class Web:
    """A server whose requests are counted."""

    server: TestServer
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"


@pytest.fixture
async def site() -> AsyncIterator[Web]:
    app = web.Application()
    found = Web(TestServer(app))

    async def answer(request: web.Request) -> web.StreamResponse:
        found.asked.append((request.headers["Host"], request.path))
        match request.path:
            case "/image":
                return web.Response(body=b"image")
            case "/to":
                return web.Response(status=302, headers={"Location": request.query["where"]})
            case "/large":
                return web.Response(body=bytes(LIMIT + 1))
            case "/endless":
                stream = web.StreamResponse()
                await stream.prepare(request)
                while True:
                    await stream.write(bytes(100))
            case "/slow":
                await asyncio.sleep(30)
        return web.Response(status=int(request.path.strip("/")))

    app.router.add_get("/{tail:.*}", answer)
    async with found.server:
        yield found


def fetcher(
    *allowed: str,
    timeout: float = 5.0,
    resolve: Resolve = system_resolver,
    connect_to: dict[tuple[str, int], tuple[str, int]] | None = None,
) -> Fetcher:
    return Fetcher(Guard(frozenset(allowed), resolve, connect_to), LIMIT, timeout)


async def refusal(fetch: Fetcher, address: str) -> str:
    with pytest.raises(Refused) as refused:
        await fetch.fetch(address)
    return refused.value.code


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111"])
def test_a_public_address_is(address: str) -> None:
    assert is_public(address)


async def test_an_allowed_origin_is_fetched(site: Web) -> None:
    assert await fetcher(site.origin).fetch(f"{site.origin}/image") == b"image"
    assert site.asked == [(f"127.0.0.1:{site.server.port}", "/image")]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "①②⑦.0.0.1",
        "127.0.0.1.",
        "LOCALHOST",
    ],
)
async def test_no_spelling_of_loopback_opens_anything(site: Web, host: str) -> None:
    port = site.server.port
    for address in (f"http://{host}:{port}/image", f"http://{host}/image", f"https://{host}/"):
        with pytest.raises((Refused, Broke)) as error:
            await fetcher().fetch(address)
        # The second is a spelling that this system's resolver does not know.
        assert error.value.code in ("address-not-allowed", "image-unreachable")
    assert site.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://pictures.test/a",
        "gopher://x.test",
        "http://",
        "http:///a",
        "http://user:pw@pictures.test/",
        "http://pictures.test:22/",
        "http://pictures.test:6379/",
        "http://pictures.test:99999/",
        "http://[::1",
        "javascript:alert(1)",
        "//pictures.test/a",
    ],
)
async def test_an_address_of_another_form_is_refused_unresolved(address: str) -> None:
    async def never(_host: str, _port: int) -> list[str]:
        pytest.fail("it was resolved")

    assert await refusal(fetcher(resolve=never), address) == "address-not-allowed"


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["fe80::1"], []])
async def test_a_name_with_one_private_answer_is_refused(answers: list[str]) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        return answers

    fetch = fetcher(resolve=resolve)
    assert await refusal(fetch, "http://pictures.test/a") == "address-not-allowed"


async def test_the_checked_address_is_connected_to_and_the_name_is_kept(site: Web) -> None:
    """A name is resolved once: rebinding between check and connection has no room."""
    asked = 0

    async def resolve(_host: str, _port: int) -> list[str]:
        nonlocal asked
        asked += 1
        return ["127.0.0.1"] if asked == 1 else pytest.fail("resolved twice")

    origin = f"http://pictures.test:{site.server.port}"
    fetch = fetcher(origin, resolve=resolve)
    assert await fetch.fetch(f"{origin}/image") == b"image"
    assert site.asked == [(f"pictures.test:{site.server.port}", "/image")]


async def test_an_allowed_origin_can_be_reached_elsewhere(site: Web) -> None:
    elsewhere = {("127.0.0.1", 1): ("localhost", site.server.port)}
    fetch = fetcher("http://127.0.0.1:1", connect_to=elsewhere)
    assert await fetch.fetch("http://127.0.0.1:1/image") == b"image"
    assert site.asked == [("127.0.0.1:1", "/image")]


async def test_an_origin_that_is_not_allowed_is_reached_nowhere(site: Web) -> None:
    elsewhere = {("127.0.0.1", 80): ("localhost", site.server.port)}
    fetch = fetcher(connect_to=elsewhere)
    assert await refusal(fetch, "http://127.0.0.1/image") == "address-not-allowed"
    assert site.asked == []


async def test_tls_asks_for_the_name_and_not_for_the_address() -> None:
    hello: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello.set_result(await reader.read(4096))
        writer.close()

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        origin = f"https://bücher.test:{server.sockets[0].getsockname()[1]}"
        allowed = origin.replace("bücher", "xn--bcher-kva")
        with pytest.raises(Broke):
            await fetcher(allowed, resolve=resolve).fetch(f"{origin}/a")
        assert b"xn--bcher-kva.test" in await hello


@pytest.mark.parametrize(
    "address",
    ["http://a\\b/", "http://é\udcff.test/", "http://a..b/", "http://" + "a" * 64 + ".test/"],
)
async def test_an_address_that_cannot_be_parsed_is_refused(address: str) -> None:
    assert await refusal(fetcher(), address) == "address-not-allowed"


@pytest.mark.parametrize(
    "where", ["http://127.0.0.1:1/", "http://localhost/", "file:///etc/passwd", "http://[::1]/"]
)
async def test_a_redirect_is_checked_like_any_address(site: Web, where: str) -> None:
    code = await refusal(fetcher(site.origin), f"{site.origin}/to?where={where}")
    assert code == "address-not-allowed"
    assert [path for _, path in site.asked] == ["/to"]


@pytest.mark.parametrize("path", ["/large", "/endless"])
async def test_more_bytes_than_allowed_are_not_read(site: Web, path: str) -> None:
    assert await refusal(fetcher(site.origin), site.origin + path) == "image-too-large"


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (404, Refused, "image-not-found"),
        (410, Refused, "image-not-found"),
        (401, Refused, "image-unreachable"),
        (403, Refused, "image-unreachable"),
        (429, Broke, "image-unreachable"),
        (500, Broke, "image-unreachable"),
        (503, Broke, "image-unreachable"),
    ],
)
async def test_a_status_says_whether_another_attempt_helps(
    site: Web, status: int, kind: type[Refused | Broke], code: str
) -> None:
    with pytest.raises(kind) as error:
        await fetcher(site.origin).fetch(f"{site.origin}/{status}")
    assert error.value.code == code


async def test_a_slow_server_is_given_up(site: Web) -> None:
    with pytest.raises(Broke) as broke:
        await fetcher(site.origin, timeout=0.3).fetch(f"{site.origin}/slow")
    assert broke.value.code == "image-unreachable"


async def test_a_port_where_nobody_listens_is_tried_again() -> None:
    origin = "http://127.0.0.1:1"
    with pytest.raises(Broke) as broke:
        await fetcher(origin).fetch(f"{origin}/a")
    assert broke.value.code == "image-unreachable"


async def test_the_system_resolver_gives_every_address() -> None:
    assert "127.0.0.1" in await system_resolver("localhost", 80)


@pytest.mark.parametrize("code", sorted(NO_SUCH_NAME))
async def test_a_name_that_there_is_not_is_final(code: int) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(code, "told by the resolver")

    assert await refusal(fetcher(resolve=resolve), "http://x.test/") == "image-unreachable"


@pytest.mark.parametrize(
    "error",
    [socket.gaierror(socket.EAI_AGAIN, "later"), socket.gaierror(socket.EAI_FAIL, "x"), OSError()],
)
async def test_a_resolver_that_cannot_tell_now_is_asked_again(error: OSError) -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        raise error

    with pytest.raises(Broke) as broke:
        await fetcher(resolve=resolve).fetch("http://x.test/")
    assert broke.value.code == "image-unreachable"
