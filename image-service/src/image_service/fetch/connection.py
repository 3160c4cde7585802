"""Connections to nothing but the addresses that the guard checked."""

import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from image_service.fetch.target import Target

HEADER_LINE_LIMIT = 65536
"""Bytes of one line of a header, as some sites' policies and cookies need them."""


class _CheckedAddresses(AbstractResolver):
    """Gives a target's addresses for whatever name, so that nothing is resolved again."""

    def __init__(self, target: Target) -> None:
        self._target = target

    async def resolve(
        self,
        host: str,
        port: int = 0,  # noqa: ARG002  # the target has the port
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=self._target.address_port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._target.addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


def session_to(target: Target) -> aiohttp.ClientSession:
    """For one request to `target.url`: nothing is shared between strangers. Where an address does not
    answer, the connector tries the next (RFC 8305)."""
    connector = aiohttp.TCPConnector(
        resolver=_CheckedAddresses(target), use_dns_cache=False, force_close=True, limit=1
    )
    return aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        max_line_size=HEADER_LINE_LIMIT,
        max_field_size=HEADER_LINE_LIMIT,
    )
