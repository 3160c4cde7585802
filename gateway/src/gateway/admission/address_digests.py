"""Digests of clients' addresses, and of whatever else names somebody: Redis keeps no plain text of
what is counted. An IPv6 address counts as its network."""

import hashlib
import hmac
from ipaddress import IPv6Address, ip_address, ip_network

IPV6_BITS = 64
"""The prefix that one subscriber has, and may change addresses within at will."""
DIGEST_CHARACTERS = 32


class AddressDigests:
    """HMAC-SHA-256 under a key that all replicas of the gateway share."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, *parts: str) -> str:
        """32 hexadecimal characters."""
        digest = hmac.new(self._key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()
        return digest[:DIGEST_CHARACTERS]


def network(address: str) -> str:
    """An IPv6 address's /64, the IPv4 address that it may map, and anything else as it is."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((IPv6Address(int(parsed)), IPV6_BITS), strict=False))  # without its scope
