"""Requests as no client would write them, over a socket; what comes back, as it came."""

import contextlib
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

DEADLINE_S = 3
"""For the first byte; a server may as well wait for what never comes."""
QUIET_S = 0.5
"""After an answer, for one that comes unasked."""


@dataclass(frozen=True)
class Raw:
    """All bytes that came back until the server closed."""

    data: bytes

    @property
    def statuses(self) -> list[int]:
        """Of each answer in it."""
        parts = self.data.split(b"HTTP/1.1 ")[1:]
        return [int(part[:3]) for part in parts if part[:3].isdigit()]

    @property
    def status(self) -> int:
        """0 where nothing came: the server hung up."""
        return self.statuses[0] if self.statuses else 0

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]


def send(base_url: str, data: bytes) -> Raw:
    """What comes back until the server closes, or has nothing more to say. Only then this side is
    closed: who goes away before is not answered any more."""
    parts = urlsplit(base_url)
    got = b""
    with socket.create_connection((parts.hostname, parts.port), DEADLINE_S) as connection:
        with contextlib.suppress(ConnectionError):  # refused before it was all said
            connection.sendall(data)
        with contextlib.suppress(ConnectionError, TimeoutError):
            while piece := connection.recv(65536):
                got += piece
                connection.settimeout(QUIET_S)
    return Raw(got)


def get(base_url: str, target: str | bytes, *headers: str | bytes) -> Raw:
    """A target as it is, not normalised by anybody; further headers as lines."""
    raw = target if isinstance(target, bytes) else target.encode()
    lines = [b"GET " + raw + b" HTTP/1.1", b"Host: sightline.test", b"Connection: close"]
    lines += [one if isinstance(one, bytes) else one.encode() for one in headers]
    return send(base_url, b"\r\n".join([*lines, b"", b""]))
