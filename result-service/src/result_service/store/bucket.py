"""The bucket as the use cases see it: a port that speaks of objects."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

PIECE = 256 << 10
"""Bytes read at a time from a body that is passed on in pieces."""
PAGE = 1000
"""Keys in one answer of a listing, which is S3's own limit."""


@dataclass(frozen=True)
class StoredObject:
    """An object with its body, which is empty after a head. `etag` has its quotes, `metadata` has
    lower-case keys, `size` is in bytes."""

    body: bytes
    etag: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    size: int = 0


@dataclass(frozen=True)
class OpenObject:
    """An object whose body is read in pieces. `size` is in bytes; `content_range` (RFC 9110 §14.4)
    is there where the body is a part of the object."""

    etag: str
    size: int
    content_range: str | None
    metadata: Mapping[str, str]
    pieces: AsyncGenerator[bytes]


@dataclass(frozen=True)
class Listed:
    """An entry of a listing. `size` is in bytes."""

    key: str
    modified: datetime
    etag: str
    size: int = 0


class Bucket(Protocol):
    """Every method raises Unavailable when the store does not answer or refuses."""

    async def put(
        self, key: str, body: bytes, *, content_type: str = ..., metadata: Mapping[str, str] = ...
    ) -> None: ...
    async def put_new(
        self, key: str, body: bytes, *, content_type: str = ..., metadata: Mapping[str, str] = ...
    ) -> bool:
        """Write unless the key exists. Returns whether this call wrote the object, even where the
        store's answer was lost."""
        ...

    async def get(self, key: str) -> StoredObject | None: ...
    async def open(self, key: str, byte_range: str | None = None) -> OpenObject | None:
        """`byte_range` is a Range header. Raises RangeNotSatisfiable."""
        ...

    async def head(self, key: str) -> StoredObject | None: ...
    async def copy(self, source: str, target: str) -> bool:
        """Copy inside the store. Returns False when there is no source."""
        ...

    async def delete(self, keys: Sequence[str]) -> None: ...
    def list(self, prefix: str, *, after: str = "", page: int = PAGE) -> AsyncIterator[Listed]:
        """Keys in ascending order, after the key `after`."""
        ...

    def presign_put(self, key: str, content_type: str, size: int, seconds: int) -> str:
        """An address to which its holder may PUT `size` bytes of that type for that many seconds."""
        ...

    async def check(self) -> None: ...
    def close(self) -> None: ...
