"""Fetches one image, each hop from a checked address."""

import asyncio

import aiohttp

from image_service import __version__
from image_service.errors import Broke, Refused
from image_service.fetch import content_coding
from image_service.fetch.connection import session_to
from image_service.fetch.request_target import redirected
from image_service.fetch.target import Guard, Target, not_allowed

REDIRECTS_AT_MOST = 5
CHUNK = 65536
GONE = frozenset({404, 410})
ANSWERS = frozenset({200, 203})
"""203 is a 200 that a proxy on the way has changed (RFC 9110 §15.3.4)."""
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
        # Some sites set a cookie and redirect to themselves. It lives as long as this fetch.
        cookies = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
        for _ in range(REDIRECTS_AT_MOST + 1):
            target = await self._guard.check(address)
            async with (
                session_to(target) as session,
                session.get(
                    target.url,
                    headers=_headers(target, cookies),
                    server_hostname=target.server_hostname,
                    allow_redirects=False,
                ) as response,
            ):
                location = response.headers.get("Location")
                if response.status not in MOVED or location is None:
                    return await self._body(response)
                cookies.update_cookies_from_headers(
                    response.headers.getall("Set-Cookie", []), target.named_url
                )
                try:
                    address = redirected(address, location)
                except ValueError as error:  # brackets around what is no IPv6 address
                    raise not_allowed() from error
        raise Refused("image-unreachable", "The address redirects too often.")

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        status = response.status
        if status in GONE:
            raise Refused("image-not-found", "The image's server says that it is not there.")
        if status in TRY_AGAIN:
            raise Broke("image-unreachable", f"The image's server answered {status}.")
        if status not in ANSWERS:
            raise Refused("image-unreachable", f"The image's server answered {status}.")
        if (response.content_length or 0) > self._limit:
            raise self._too_large()
        body = bytearray()
        async for chunk in response.content.iter_chunked(CHUNK):
            body += chunk
            if len(body) > self._limit:
                raise self._too_large()
        return await self._decoded(bytes(body), response.headers.getall("Content-Encoding", []))

    async def _decoded(self, body: bytes, encodings: list[str]) -> bytes:
        if not encodings:
            return body
        try:
            # Not on the loop: twenty megabytes take it a tenth of a second.
            return await asyncio.to_thread(
                content_coding.decode, body, ",".join(encodings), self._limit
            )
        except content_coding.TooLarge as error:
            raise self._too_large() from error
        except content_coding.NotDecodable as error:
            raise Refused(
                "image-unreachable", "The image is not encoded in the way that its server says."
            ) from error

    def _too_large(self) -> Refused:
        return Refused("image-too-large", f"An image may have {self._limit} bytes at the most.")


def _headers(target: Target, cookies: aiohttp.CookieJar) -> dict[str, str]:
    headers = {**HEADERS, "Host": target.host_header}
    kept = cookies.filter_cookies(target.named_url).values()
    if kept:
        headers["Cookie"] = "; ".join(f"{cookie.key}={cookie.coded_value}" for cookie in kept)
    return headers
