"""Fetches one image, each hop from a checked address."""

import asyncio
from urllib.parse import urljoin

import aiohttp

from image_service import __version__
from image_service.errors import Broke, Refused
from image_service.fetch.target import Guard, not_allowed

REDIRECTS_AT_MOST = 3
CHUNK = 65536
GONE = frozenset({404, 410})
MOVED = frozenset({301, 302, 303, 307, 308})
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})

HEADERS = {
    "Accept": "image/*",
    "Accept-Encoding": "identity",
    "User-Agent": f"Sightline/{__version__}",
}


class Fetcher:
    """`limit`: bytes. `timeout`: seconds for all of it, redirects included."""

    def __init__(self, guard: Guard, limit: int, timeout: float) -> None:
        self._guard = guard
        self._limit = limit
        self._timeout = timeout

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
                target = await self._guard.check(address)
                async with session.get(
                    target.url,
                    headers={**HEADERS, "Host": target.host_header},
                    server_hostname=target.server_hostname,
                    allow_redirects=False,
                ) as response:
                    if response.status not in MOVED:
                        return await self._body(response)
                    try:
                        address = urljoin(address, response.headers.get("Location", ""))
                    except ValueError as error:  # brackets around what is no IPv6 address
                        raise not_allowed() from error
        raise Refused("image-unreachable", "The address redirects too often.")

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
