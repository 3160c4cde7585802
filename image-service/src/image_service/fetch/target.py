"""Where a user's address leads: resolved once, every answer checked, and only what was checked is
connected to."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from yarl import URL

from image_service.errors import Broke, Refused
from image_service.fetch.addresses import is_public
from image_service.fetch.request_target import ascii_host, request_target

ADDRESSES_AT_MOST = 8
"""Of a name's, that are tried one after the other."""
PORTS = {"http": 80, "https": 443}
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Addresses of a host; raises OSError when there are none."""
HostPort = tuple[str, int]
NO_SUCH_NAME = frozenset(
    {
        socket.EAI_NONAME,
        *(getattr(socket, name) for name in ("EAI_NODATA",) if hasattr(socket, name)),
    }
)
"""What the resolver says of a name that is not there, or has no address (RFC 3493 §6.1)."""


async def system_resolver(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(frozen=True)
class Target:
    """One hop: the addresses that were checked and their port, the name and port asked for, and path
    and query as they go out."""

    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]
    address_port: int
    path: str

    @property
    def url(self) -> URL:
        """With a name that means nothing: `connection` knows the addresses. Path and query stand as
        one, since apart an empty query would be lost."""
        return URL.build(
            scheme=self.scheme,
            host="checked.invalid",
            port=self.address_port,
            path=self.path,
            encoded=True,
        )

    @property
    def named_url(self) -> URL:
        """With the name asked for, by which cookies are kept."""
        return URL.build(
            scheme=self.scheme,
            host=self.host,
            port=self.port,
            path=self.path.partition("?")[0],
            encoded=True,
        )

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def server_hostname(self) -> str | None:
        """Whose certificate it has to be."""
        return self.host if self.scheme == "https" else None


class Guard:
    """`allowed_origins`: `scheme://host:port` that may be private and on any port; those in
    `connect_to` are reached elsewhere, like curl's option of that name."""

    def __init__(
        self,
        allowed_origins: frozenset[str],
        resolve: Resolve = system_resolver,
        connect_to: Mapping[HostPort, HostPort] | None = None,
    ) -> None:
        self._allowed = allowed_origins
        self._resolve = resolve
        self._connect_to = connect_to or {}

    async def check(self, address: str) -> Target:
        """Raises Refused("address-not-allowed") and, where there is no such name, Refused
        ("image-unreachable"); Broke when the resolver cannot tell now."""
        try:
            parts = urlsplit(address)
            port = parts.port
            host = ascii_host(parts.hostname or "")
            path = request_target(address)
        except ValueError as error:  # UnicodeError too: a name that cannot be one
            raise not_allowed() from error
        if parts.scheme not in PORTS or parts.username is not None:
            raise not_allowed()
        port = port or PORTS[parts.scheme]
        allowed = f"{parts.scheme}://{host}:{port}" in self._allowed
        if not allowed and port not in PORTS.values():
            raise not_allowed()
        asked = (host, port)
        reached = self._connect_to.get(asked, asked) if allowed else asked
        try:
            addresses = await self._resolve(*reached)
        except socket.gaierror as error:
            if error.errno in NO_SUCH_NAME:
                raise Refused("image-unreachable", "There is no host of that name.") from error
            raise Broke("image-unreachable", "The image's host has no address now.") from error
        except (OSError, UnicodeError) as error:
            raise Broke("image-unreachable", "The image's host has no address.") from error
        if not addresses or not (allowed or all(is_public(address) for address in addresses)):
            raise not_allowed()
        tried = tuple(addresses[:ADDRESSES_AT_MOST])
        return Target(parts.scheme, host, port, tried, reached[1], path)


def not_allowed() -> Refused:
    return Refused("address-not-allowed", "Public http(s) addresses alone are connected to.")
