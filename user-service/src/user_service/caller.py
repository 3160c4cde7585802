"""The caller as the gateway tells it: for the trail, for the caller's own session, and for what the
credential may hand on."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Annotated

from fastapi import Depends, Header
from sightline_contracts import ids

IPV4_BITS, IPV6_BITS = 24, 48
SCOPES = r"^[a-z:]{1,40}( [a-z:]{1,40}){0,9}$"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CALENDARS_END_MS = 253_402_300_799_999


@dataclass(frozen=True)
class Caller:
    """`network`: the client's address, shortened to /24 or /48. `agent`: its User-Agent, shortened by
    the gateway. `session`: the id of the session whose token was used. `languages`: the request's
    Accept-Language. None where it is not told."""

    network: str | None = None
    agent: str | None = None
    session: str | None = None
    languages: str | None = None


@dataclass(frozen=True)
class Credential:
    """The credential of a request: its `scopes`, None where they are not told, and its end, None for
    never."""

    scopes: frozenset[str] | None = None
    ends: datetime | None = None


_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)


def current() -> Caller:
    """The caller of the request; one without any detail where a command runs."""
    return _caller.get() or Caller()


async def remember(
    address: Annotated[str | None, Header(alias="X-Client-Address", max_length=64)] = None,
    agent: Annotated[str | None, Header(alias="X-Client-Agent", max_length=200)] = None,
    session: Annotated[str | None, Header(alias="X-Client-Session", pattern=ids.SESSION_ID)] = None,
    languages: Annotated[str | None, Header(alias="X-Client-Languages", max_length=200)] = None,
) -> None:
    """A dependency of every route that writes the trail or reads sessions."""
    _caller.set(Caller(_shortened(address), agent, session, languages))


async def credential(
    scopes: Annotated[str | None, Header(alias="X-Client-Scopes", pattern=SCOPES)] = None,
    ends_ms: Annotated[
        int | None, Header(alias="X-Client-Expires-Ms", ge=0, le=CALENDARS_END_MS)
    ] = None,
) -> Credential:
    """A dependency of routes that make a credential. `ends_ms`: milliseconds since the epoch."""
    return Credential(
        None if scopes is None else frozenset(scopes.split()),
        None if ends_ms is None else EPOCH + timedelta(milliseconds=ends_ms),
    )


UsedCredential = Annotated[Credential, Depends(credential)]


def _shortened(address: str | None) -> str | None:
    try:
        found = ip_address(address or "")
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or IPv6Address(int(found))  # without its scope
    bits = IPV6_BITS if isinstance(found, IPv6Address) else IPV4_BITS
    return str(ip_network((found, bits), strict=False))
