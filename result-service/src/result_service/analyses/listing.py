"""A user's analyses, newest first, without an index and without reading a result."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from cachetools import LRUCache
from sightline_contracts import cursors, ids

from result_service.analyses.lookup import Lookup, compose
from result_service.analyses.merging import ALIVE, Merging
from result_service.deliveries.stream import Running, Stream
from result_service.errors import NoSuchAnalysis
from result_service.models.analyses import Analysis, AnalysisPage, Intent, Retry, Status
from result_service.store import keys, unreadable
from result_service.store.bucket import Bucket, Listed

MAX_SCANNED = 500
"""Objects that one call with a status filter reads; the cursor goes on from there."""
READ_TOGETHER = 50
"""Objects of these that are read at the same time."""
HIGHEST = "z" * 16
"""The random part of an id, at its most."""
CACHE_BYTES = 16 << 20
"""Bytes of JSON that the cache holds: intents, and ended analyses."""


class Listing:
    """Pages of analyses. Raises Unavailable when the bucket does not answer."""

    def __init__(self, bucket: Bucket, stream: Stream, lookup: Lookup, merging: Merging) -> None:
        self._bucket = bucket
        self._stream = stream
        self._lookup = lookup
        self._merging = merging
        # Intents and outcomes are written once, so an object listed with the same ETag need not be read
        # again; an object that is no longer listed is not looked up here.
        self._cache: LRUCache[tuple[str, str], bytes] = LRUCache(CACHE_BYTES, getsizeof=len)

    async def page(
        self,
        user_id: str,
        limit: int,
        cursor: str | None,
        status: Status | None,
        since: int = 0,
        until: int | None = None,
    ) -> AnalysisPage:
        """Up to `limit` analyses older than the cursor, without their results, that were accepted from `since` on
        and before `until` (milliseconds since the epoch). With a status filter a page may be short although more
        follow: `next_cursor` tells. Raises InvalidRequest for a bad cursor."""
        before = None if cursor is None else cursors.decode(cursor, "an")
        if until is not None:
            before = _older(before, _last_of(until))
        page = READ_TOGETHER if status else limit
        rest = self._merging.newest_first(user_id, before, status, page + 1)
        items: list[Analysis] = []
        scanned = 0
        while scanned < MAX_SCANNED:
            count = page if status else limit - len(items)
            chunk = [listed async for listed in _first(rest, count)]
            if not chunk:
                return AnalysisPage(items=items, next_cursor=None)
            analyses = await self._read(user_id, chunk, outcomes_listed=status not in ALIVE)
            for listed, analysis in zip(chunk, analyses, strict=True):
                scanned += 1
                last = keys.analysis_id_in(listed.key)
                if ids.milliseconds_of(last) < since:
                    return AnalysisPage(items=items, next_cursor=None)
                if analysis is not None and status in (None, analysis.status):
                    items.append(analysis)
                if len(items) == limit:
                    more = listed is not chunk[-1] or await _any(rest)
                    return _page(items, last, more=more)
        return _page(items, last, more=await _any(rest))

    async def _read(
        self, user_id: str, chunk: Sequence[Listed], *, outcomes_listed: bool
    ) -> list[Analysis | None]:
        """The analyses of a chunk; None for those that were deleted meanwhile or cannot be read."""
        alive = [keys.analysis_id_in(listed.key) for listed in chunk if keys.is_pending(listed.key)]
        running = await self._stream.running(alive) if outcomes_listed else {}
        waiting = [analysis_id for analysis_id in alive if analysis_id not in running]
        retries = await self._stream.retries(waiting) if outcomes_listed else {}

        async def read(listed: Listed) -> Analysis | None:
            try:
                if not keys.is_pending(listed.key):
                    return await self._ended(user_id, listed)
                if outcomes_listed:
                    return await self._alive(user_id, listed, running, retries)
                return await self._find(user_id, listed)
            except unreadable.MALFORMED as error:
                unreadable.record("listed", listed.key, error)
                return None

        return await asyncio.gather(*map(read, chunk))

    async def _alive(
        self,
        user_id: str,
        listed: Listed,
        running: Mapping[str, Running],
        retries: Mapping[str, Retry],
    ) -> Analysis | None:
        body = self._cache.get((listed.key, listed.etag))
        if body is None:
            stored = await self._bucket.get(listed.key)
            if stored is None:  # it has ended since
                return await self._find(user_id, listed)
            self._remember(listed, body := stored.body)
        intent = Intent.model_validate_json(body)
        analysis_id = intent.analysis_id
        return compose(intent, None, running.get(analysis_id), retries.get(analysis_id))

    async def _ended(self, user_id: str, listed: Listed) -> Analysis | None:
        body = self._cache.get((listed.key, listed.etag))
        if body is not None:
            return Analysis.model_validate_json(body)
        analysis = await self._find(user_id, listed)
        if analysis is not None:
            self._remember(listed, analysis.model_dump_json().encode())
        return analysis

    def _remember(self, listed: Listed, body: bytes) -> None:
        if len(body) <= CACHE_BYTES:
            self._cache[listed.key, listed.etag] = body

    async def _find(self, user_id: str, listed: Listed) -> Analysis | None:
        try:
            return await self._lookup.summarized(user_id, keys.analysis_id_in(listed.key))
        except NoSuchAnalysis:
            return None


def _last_of(milliseconds: int) -> str:
    """The last id of that millisecond, in the order of the lists: those made before come after it."""
    return ids.prefix_of("an", max(0, milliseconds)) + HIGHEST


def _older(one: str | None, other: str) -> str:
    return other if one is None else max(one, other, key=keys.newest_first)


def _page(items: list[Analysis], last: str, *, more: bool) -> AnalysisPage:
    return AnalysisPage(items=items, next_cursor=cursors.encode(last) if more else None)


async def _first(source: AsyncIterator[Listed], count: int) -> AsyncIterator[Listed]:
    """The next `count` entries of `source`, which stays usable."""
    for _ in range(count):
        try:
            yield await anext(source)
        except StopAsyncIteration:
            return


async def _any(source: AsyncIterator[Listed]) -> bool:
    return await anext(source, None) is not None
