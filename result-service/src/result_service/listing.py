"""A user's analyses, newest first, without an index and without reading a result."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from cachetools import LRUCache
from sightline_contracts import cursors

from result_service import keys, unreadable
from result_service.bucket import Bucket, Listed
from result_service.errors import NoSuchAnalysis
from result_service.lookup import Lookup, compose
from result_service.merging import ALIVE, Merging
from result_service.models import Analysis, AnalysisPage, Intent, Retry, Status
from result_service.stream import Running, Stream

SCANNED_AT_MOST = 500
"""Objects that one call with a status filter looks at; the cursor goes on from there."""
AT_ONCE = 50
"""Of them, those that are looked at together."""
KEPT_BYTES = 16 << 20
"""Of intents, and of analyses that have ended, those asked for last, as JSON."""


class Listing:
    def __init__(self, bucket: Bucket, stream: Stream, lookup: Lookup) -> None:
        self._bucket = bucket
        self._stream = stream
        self._lookup = lookup
        self._merging = Merging(bucket)
        # Intents and outcomes are written once: what the bucket lists with the same ETag needs no
        # second reading, and what it no longer lists is not looked for here.
        self._kept: LRUCache[tuple[str, str], bytes] = LRUCache(KEPT_BYTES, getsizeof=len)

    async def page(
        self, user_id: str, limit: int, cursor: str | None, status: Status | None
    ) -> AnalysisPage:
        """Up to `limit` analyses older than the cursor, without their results. With a status filter a
        page may be short although more follow: `next_cursor` tells. Raises InvalidRequest on a bad
        cursor."""
        before = None if cursor is None else cursors.decode(cursor, "an")
        wanted = AT_ONCE if status else limit
        left = self._merging.newest_first(user_id, before, status, wanted + 1)
        items: list[Analysis] = []
        scanned = 0
        while scanned < SCANNED_AT_MOST:
            chunk = [one async for one in _first(left, wanted if status else limit - len(items))]
            if not chunk:
                return AnalysisPage(items=items, next_cursor=None)
            found = await self._read(user_id, chunk, outcomes_listed=status not in ALIVE)
            for listed, one in zip(chunk, found, strict=True):
                scanned += 1
                last = keys.analysis_id_in(listed.key)
                if one is not None and status in (None, one.status):
                    items.append(one)
                if len(items) == limit:
                    more = listed is not chunk[-1] or await _any(left)
                    return AnalysisPage(
                        items=items, next_cursor=cursors.encode(last) if more else None
                    )
        more = await _any(left)
        return AnalysisPage(items=items, next_cursor=cursors.encode(last) if more else None)

    async def _read(
        self, user_id: str, chunk: Sequence[Listed], *, outcomes_listed: bool
    ) -> list[Analysis | None]:
        """None for what was deleted while we were listing, and for what cannot be read."""
        alive = [keys.analysis_id_in(one.key) for one in chunk if keys.is_pending(one.key)]
        running = await self._stream.running(alive) if outcomes_listed else {}
        waiting = [one for one in alive if one not in running]
        retries = await self._stream.retries(waiting) if outcomes_listed else {}

        async def read(listed: Listed) -> Analysis | None:
            try:
                if not keys.is_pending(listed.key):
                    return await self._ended(user_id, listed)
                if outcomes_listed:
                    return await self._alive(user_id, listed, running, retries)
                return await self._find(user_id, listed)
            except unreadable.MALFORMED as error:
                unreadable.note("listed", listed.key, error)
                return None

        return await asyncio.gather(*(read(one) for one in chunk))

    async def _alive(
        self,
        user_id: str,
        listed: Listed,
        running: Mapping[str, Running],
        retries: Mapping[str, Retry],
    ) -> Analysis | None:
        kept = self._kept.get((listed.key, listed.etag))
        if kept is None:
            stored = await self._bucket.get(listed.key)
            if stored is None:  # it has ended since
                return await self._find(user_id, listed)
            self._keep(listed, kept := stored.body)
        intent = Intent.model_validate_json(kept)
        one = intent.analysis_id
        return compose(intent, None, running.get(one), retries.get(one))

    async def _ended(self, user_id: str, listed: Listed) -> Analysis | None:
        kept = self._kept.get((listed.key, listed.etag))
        if kept is not None:
            return Analysis.model_validate_json(kept)
        found = await self._find(user_id, listed)
        if found is not None:
            self._keep(listed, found.model_dump_json().encode())
        return found

    def _keep(self, listed: Listed, body: bytes) -> None:
        if len(body) <= KEPT_BYTES:
            self._kept[listed.key, listed.etag] = body

    async def _find(self, user_id: str, listed: Listed) -> Analysis | None:
        try:
            return await self._lookup.summarized(user_id, keys.analysis_id_in(listed.key))
        except NoSuchAnalysis:
            return None


async def _first(source: AsyncIterator[Listed], count: int) -> AsyncIterator[Listed]:
    """The next `count` of `source`, which stays usable."""
    for _ in range(count):
        try:
            yield await anext(source)
        except StopAsyncIteration:
            return


async def _any(source: AsyncIterator[Listed]) -> bool:
    return await anext(source, None) is not None
