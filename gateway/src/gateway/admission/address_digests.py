"""Clients' addresses, and what else names somebody, as they are counted: of IPv6 the network, and never
in plain text, since Redis keeps what is counted."""

import hashlib
import hmac
from ipaddress import IPv6Address, ip_address, ip_network

IPV6_BITS = 64
"""What one subscriber has, and may change within as often as he likes."""
DIGEST_CHARACTERS = 32


class Digests:
    """Under a key of the gateway's, the same for all of its replicas."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, *parts: str) -> str:
        digest = hmac.new(self._key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()
        return digest[:DIGEST_CHARACTERS]


def network(address: str) -> str:
    """The address, of IPv6 its network; anything else as it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((IPv6Address(int(found)), IPV6_BITS), strict=False))  # without its scope
