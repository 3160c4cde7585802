"""An address as its owner wrote it: what stands in the request line, and where a redirect leads.

A signed address holds only for the very characters that were signed, so that nothing here decodes and
encodes again (`%2F` is no `/` to the server, `%3a` no `%3A`, `?` at the end not nothing).
"""

import re
from urllib.parse import quote, urljoin, urlsplit

import idna

STANDS_AS_WRITTEN = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"<>\\^`{}')
"""Characters of a path or query that are sent as they are. Others, which RFC 3986 does not allow on
the wire, are percent-encoded as a browser does: the octets of their UTF-8."""
HOST = re.compile(r"(?!.*\.\.)[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?")
"""Names that a host may have. `_` is in no host's name by RFC 952, and in those of many buckets."""
LABEL_LIMIT = 63


def request_target(address: str) -> str:
    """The origin-form of RFC 9112 §3.2.1: path and query, without the fragment.

    Raises ValueError for what is no address."""
    parts = urlsplit(address)
    has_query = "?" in address.partition("#")[0]
    target = (parts.path or "/") + (f"?{parts.query}" if has_query else "")
    return quote(target, safe=STANDS_AS_WRITTEN, errors="surrogateescape")


def ascii_host(host: str) -> str:
    """A host's name in lower case as the resolver takes it, an internationalised one in the ASCII form
    of UTS 46, and an IPv6 address without brackets.

    Raises ValueError for a name with characters, or of a length, that no host has."""
    if ":" in host:
        return host  # an IPv6 address, which urlsplit has looked at
    host = host.rstrip(".").lower()
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode("ascii")
    if not HOST.fullmatch(host) or any(len(label) > LABEL_LIMIT for label in host.split(".")):
        raise ValueError("no host has this name")
    return host


def redirected(address: str, location: str) -> str:
    """The address that a `Location` names, seen from the one that answered it (RFC 9110 §10.2.2).

    Raises ValueError where brackets stand around what is no IPv6 address."""
    parts = urlsplit(address)
    if urlsplit(location).scheme:
        return location
    if location.startswith("//"):
        return f"{parts.scheme}:{location}"
    if location.startswith("/"):
        return f"{parts.scheme}://{parts.netloc}{location}"
    reference = location.partition("#")[0]
    path, mark, query = reference.partition("?")
    # urljoin takes a query that is there and empty for none.
    base = address.partition("#")[0]
    if not reference:
        return base
    joined = urljoin(address, path) if path else base.partition("?")[0]
    return joined + mark + query
