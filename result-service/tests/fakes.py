"""Stands for what result-service talks to: a bucket in memory and a user-service that counts."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sightline_contracts.problems import Unavailable

from result_service.errors import RangeNotSatisfiable
from result_service.outcomes.outcome import End, Outcome
from result_service.store.bucket import PIECE, Listed, OpenObject, StoredObject


class FakeBucket:
    """Passes the same tests as the S3 adapter. `down` makes every call fail, `fail_puts_of` and
    `fail_deletes_of` those of keys that begin so. `heads` and `gets` are the keys that were read."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[StoredObject, datetime]] = {}
        self.down = False
        self.fail_puts_of: str | None = None
        self.fail_deletes_of: str | None = None
        self.heads: list[str] = []
        self.gets: list[str] = []

    def _answering(self, key: str = "") -> None:
        if self.down or (self.fail_puts_of and key.startswith(self.fail_puts_of)):
            raise Unavailable("The object store does not answer.")

    async def put(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        self._answering(key)
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        self.objects[key] = (
            StoredObject(body, etag, dict(metadata or {}), len(body)),
            datetime.now(UTC),
        )

    async def put_new(
        self,
        key: str,
        body: bytes,
        *,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        self._answering(key)
        if key in self.objects:
            return False
        await self.put(key, body, content_type=content_type, metadata=metadata)
        return True

    async def get(self, key: str) -> StoredObject | None:
        self.gets.append(key)
        return self._read(key)

    async def head(self, key: str) -> StoredObject | None:
        self.heads.append(key)
        stored = self._read(key)
        return None if stored is None else replace(stored, body=b"")

    def _read(self, key: str) -> StoredObject | None:
        self._answering()
        return self.objects[key][0] if key in self.objects else None

    async def open(self, key: str, byte_range: str | None = None) -> OpenObject | None:
        stored = self._read(key)
        if stored is None:
            return None
        if byte_range is None:
            return OpenObject(stored.etag, stored.size, None, stored.metadata, _pieces(stored.body))
        first, last = byte_range.removeprefix("bytes=").split("-")
        if first and last and int(last) < int(first):
            return await self.open(key)
        start = int(first) if first else max(0, stored.size - int(last))
        end = min(int(last), stored.size - 1) if first and last else stored.size - 1
        if start > end:
            raise RangeNotSatisfiable
        content_range = f"bytes {start}-{end}/{stored.size}"
        part = stored.body[start : end + 1]
        return OpenObject(stored.etag, len(part), content_range, stored.metadata, _pieces(part))

    async def copy(self, source: str, target: str) -> bool:
        stored = await self.get(source)
        if stored is None:
            return False
        await self.put(target, stored.body, metadata=stored.metadata)
        return True

    async def delete(self, keys: Sequence[str]) -> None:
        self._answering()
        kept = self.fail_deletes_of
        for key in keys:
            if kept is None or not key.startswith(kept):
                self.objects.pop(key, None)
        if kept is not None and any(key.startswith(kept) for key in keys):
            raise Unavailable("Some objects could not be deleted.")

    async def list(
        self, prefix: str, *, after: str = "", page: int = 1000
    ) -> AsyncIterator[Listed]:
        self._answering()
        for key in sorted(self.objects):
            if key.startswith(prefix) and key > after:
                stored, modified = self.objects[key]
                yield Listed(key, modified, stored.etag, stored.size)

    def presign_put(self, key: str, content_type: str, size: int, seconds: int) -> str:
        return f"http://store.test/{key}?type={content_type}&size={size}&seconds={seconds}"

    async def check(self) -> None:
        self._answering()

    def close(self) -> None:
        pass


async def tell_nobody(_user_id: str, _analysis_id: str) -> None:
    """Stands for the channel between replicas where there is one alone."""


async def _pieces(body: bytes) -> AsyncGenerator[bytes]:
    for start in range(0, len(body), PIECE):
        yield body[start : start + PIECE]


class FakeAccounts:
    """Remembers what was settled."""

    def __init__(self) -> None:
        self.settled: dict[str, Outcome] = {}
        self.reserved: list[str] = []
        self.calls = 0
        self.down = False

    async def settle(self, ends: Sequence[End]) -> set[str]:
        if self.down:
            raise Unavailable("user-service does not answer.")
        self.calls += 1
        for end in ends:
            self.settled.setdefault(end.analysis_id, end.outcome)
        return {end.analysis_id for end in ends}

    async def reserve(self, user_id: str, analysis_id: str) -> None:
        if self.down:
            raise Unavailable("user-service does not answer.")
        self.reserved.append(analysis_id)

    async def sign(self, user_id: str, message_id: str, timestamp: int, body: bytes) -> str:
        if self.down:
            raise Unavailable("user-service does not answer.")
        return f"v1,{user_id}.{message_id}.{timestamp}.{hashlib.sha256(body).hexdigest()}"

    async def close(self) -> None:
        pass
