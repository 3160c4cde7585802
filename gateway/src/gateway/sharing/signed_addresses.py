"""Signed addresses: one opens a folder of `/shared/` on one host until an end, and nothing else.

The signature is HMAC-SHA256 (RFC 2104) over host, folder, end and the key's name. Path and query have one form
each, of which nothing may be left out, doubled, moved or written otherwise; so two addresses that differ at all
are not both right. Keys are files `NAME.key` of at least 32 random bytes in a folder that all replicas read: the
greatest name signs, each opens. A new file is a rotation; without a file the addresses that it signed open nothing.
"""

import base64
import contextlib
import hmac
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KEY_BYTES = 32
READ_AGAIN_S = 30.0
_ID = "{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}"
_PATH = re.compile(
    f"(?P<folder>/shared/(?P<user>{_ID.format('us')})/(?P<analysis>{_ID.format('an')})"
    f"/(?P<share>{_ID.format('sh')})/)(?P<part>preview|result|)"
)
_QUERY = re.compile(
    r"expires=(?P<expires>[1-9]\d{0,10})&key=(?P<key>[0-9A-Za-z]{1,32})&signature=(?P<signature>[\w-]{43})",
    re.ASCII,
)
_HOST = re.compile(r"(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True)
class Opened:
    """What a right address asks for. `part` is empty for the page."""

    user_id: str
    analysis_id: str
    share_id: str
    part: str


class SigningKeys:
    """Read again at most every READ_AGAIN_S seconds. Without a folder this process has a key of its own."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._read_at = float("-inf")
        self._keys: dict[str, bytes] = {}
        if folder is None:
            self._keys = {"own": secrets.token_bytes(KEY_BYTES)}

    def signing(self) -> tuple[str, bytes]:
        """The name and bytes of the newest. Raises OSError where there is none that could be read."""
        keys = self._current()
        if not keys:
            raise FileNotFoundError("SHARE_KEYS_DIR holds no key.")
        name = max(keys)
        return name, keys[name]

    def named(self, name: str) -> bytes | None:
        return self._current().get(name)

    def _current(self) -> dict[str, bytes]:
        if self._folder is not None and time.monotonic() - self._read_at > READ_AGAIN_S:
            self._keys = dict(_keys_in(self._folder))
            self._read_at = time.monotonic()
        return self._keys


def _keys_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in folder.glob("*.key"):
        with contextlib.suppress(FileNotFoundError):  # taken away since the folder was read
            key = file.read_bytes()
            if len(key) >= KEY_BYTES:
                yield file.stem, key


class SignedAddresses:
    def __init__(self, keys: SigningKeys) -> None:
        self._keys = keys

    def make(self, origin: str, folder: str, part: str, expires: int) -> str:
        """The address of a part of `folder` on `origin` (scheme and host) until `expires`, in seconds since the
        epoch. Raises OSError without a key."""
        name, key = self._keys.signing()
        host = origin.rpartition("/")[2]
        signature = _signature(key, host, folder, expires, name)
        return f"{origin}{folder}{part}?expires={expires}&key={name}&signature={signature}"

    def opened(self, host: str, path: str, query: str) -> Opened | None:
        """What path and query, as they came, open on this host now. None where they open nothing."""
        asked, given = _PATH.fullmatch(path), _QUERY.fullmatch(query)
        if asked is None or given is None:
            return None
        key = self._keys.named(given["key"])
        if key is None or int(given["expires"]) <= time.time():
            return None
        right = _signature(key, host, asked["folder"], int(given["expires"]), given["key"])
        if not hmac.compare_digest(right, given["signature"]):
            return None
        return Opened(asked["user"], asked["analysis"], asked["share"], asked["part"])


def is_host(text: str) -> bool:
    """Whether a Host header (RFC 9110 §7.2) can stand in an address."""
    return _HOST.fullmatch(text) is not None


def folder_of(user_id: str, analysis_id: str, share_id: str) -> str:
    return f"/shared/{user_id}/{analysis_id}/{share_id}/"


def _signature(key: bytes, host: str, folder: str, expires: int, name: str) -> str:
    signed = "\n".join(("sightline-share-1", host.lower(), folder, str(expires), name))
    digest = hmac.digest(key, signed.encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
