"""Fetches one image: resolved once, every answer checked, connected to the checked address."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from image_service import __version__
from image_service.errors import Broke, Refused
from image_service.fetch.addresses import is_public

REDIRECTS_AT_MOST = 3
PORTS = {"http": 80, "https": 443}
CHUNK = 65536
GONE = frozenset({404, 410})
MOVED = frozenset({301, 302, 303, 307, 308})
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})

HEADERS = {
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "User-Agent": f"Sightline/{__version__}",
}

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Addresses of a host; raises OSError when there are none."""
HostPort = tuple[str, int]


async def system_resolver(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True)
class Target:
    """One hop: the address that was checked and its port, and the name and port asked for."""

    scheme: str
    host: str
    port: int
    address: str
    address_port: int
    path: str

    @property
    def url(self) -> URL:
        """The address in the place of the name, so that nothing is resolved again."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        return URL(f"{self.scheme}://{host}:{self.address_port}{self.path}", encoded=True)

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


class Fetcher:
    """`allowed_origins`: `scheme://host:port` that may be private and on any port; those in
    `connect_to` are reached elsewhere, like curl's option of that name. `limit`: bytes.
    `timeout`: seconds for all of it, redirects included."""

    def __init__(
        self, allowed_origins: frozenset[str], limit: int, timeout: float,
        resolve: Resolve = system_resolver, connect_to: Mapping[HostPort, HostPort] | None = None,
    ) -> None:  # fmt: skip
        self._allowed = allowed_origins
        self._connect_to = connect_to or {}
        self._limit = limit
        self._timeout = timeout
        self._resolve = resolve

    async def fetch(self, address: str) -> bytes:
        """The bytes behind an address. Raises Refused, and Broke where another attempt may help."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._follow(address)
        except TimeoutError as error:
            raise Broke("image-unreachable", "The image's server was too slow.") from error
        except aiohttp.ClientError as error:
            raise Broke("image-unreachable", "The image's server broke off.") from error

    async def _follow(self, address: str) -> bytes:
        # A connection of its own for each fetch: nothing is shared between strangers.
        connector = aiohttp.TCPConnector(force_close=True, limit=1)
        async with aiohttp.ClientSession(
            connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            for _ in range(REDIRECTS_AT_MOST + 1):
                target = await self._checked(address)
                async with session.get(
                    target.url,
                    headers={**HEADERS, "Host": target.host_header},
                    server_hostname=target.host if target.scheme == "https" else None,
                    allow_redirects=False,
                ) as response:
                    if response.status not in MOVED:
                        return await self._body(response)
                    address = urljoin(address, response.headers.get("Location", ""))
        raise Refused("image-unreachable", "The address redirects too often.")

    async def _checked(self, address: str) -> Target:
        """Raises Refused("address-not-allowed"), and Broke when the name has no address."""
        try:
            parts = urlsplit(address)
            port = parts.port
            host = (parts.hostname or "").rstrip(".").encode("idna").decode("ascii")
            path = URL(address).raw_path_qs
        except ValueError as error:  # UnicodeError too: a name that cannot be one
            raise _not_allowed() from error
        if parts.scheme not in PORTS or not host or parts.username is not None:
            raise _not_allowed()
        port = port or PORTS[parts.scheme]
        allowed = f"{parts.scheme}://{host}:{port}" in self._allowed
        if not allowed and port not in PORTS.values():
            raise _not_allowed()
        asked = (host, port)
        reached = self._connect_to.get(asked, asked) if allowed else asked
        try:
            addresses = await self._resolve(*reached)
        except (OSError, UnicodeError) as error:
            raise Broke("image-unreachable", "The image's host has no address.") from error
        if not addresses or not (allowed or all(is_public(one) for one in addresses)):
            raise _not_allowed()
        return Target(parts.scheme, host, port, addresses[0], reached[1], path)

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        status = response.status
        if status in GONE:
            raise Refused("image-not-found", "The image's server says that it is not there.")
        if status in TRY_AGAIN:
            raise Broke("image-unreachable", f"The image's server answered {status}.")
        if status != 200:  # noqa: PLR2004
            raise Refused("image-unreachable", f"The image's server answered {status}.")
        if (response.content_length or 0) > self._limit:
            raise self._too_large()
        body = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK):
            body += chunk
            if len(body) > self._limit:
                raise self._too_large()
        return bytes(body)

    def _too_large(self) -> Refused:
        return Refused("image-too-large", f"An image may have {self._limit} bytes at the most.")


def _not_allowed() -> Refused:
    return Refused("address-not-allowed", "Images are fetched from public http(s) addresses alone.")
