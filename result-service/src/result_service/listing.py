"""A user's analyses, newest first, without an index: two sorted listings are merged."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

from cachetools import LRUCache
from sightline_contracts import cursors

from result_service import keys
from result_service.analyses import Analyses, compose
from result_service.bucket import Bucket, Listed
from result_service.errors import NoSuchAnalysis
from result_service.models import Analysis, AnalysisPage, Intent, Status
from result_service.stream import Running, Stream

ALIVE = ("queued", "running")
SCANNED_AT_MOST = 500
"""Objects that one call with a status filter looks at; the cursor goes on from there."""
PAGE = 200
"""Outcomes that are listed in one call for a page of which few may be wanted."""
KEPT_BYTES = 16 << 20
"""Of intents, and of analyses that have ended, those asked for last, as JSON."""


class Listing:
    def __init__(self, bucket: Bucket, stream: Stream, analyses: Analyses) -> None:
        self._bucket = bucket
        self._stream = stream
        self._analyses = analyses
        # Intents and outcomes are written once: what the bucket lists with the same ETag needs no
        # second reading, and what it no longer lists is not looked for here.
        self._kept: LRUCache[tuple[str, str], bytes] = LRUCache(KEPT_BYTES, getsizeof=len)

    async def page(
        self, user_id: str, limit: int, cursor: str | None, status: Status | None
    ) -> AnalysisPage:
        """Up to `limit` analyses older than the cursor. With a status filter a page may be
        short although more follow: `next_cursor` tells. Raises InvalidRequest on a bad cursor."""
        before = None if cursor is None else cursors.decode(cursor, "an")
        items: list[Analysis] = []
        scanned: list[Listed] = []
        page = limit + 1 if status is None else PAGE
        left = self._newest_first(user_id, before, status, page)
        while len(items) < limit and len(scanned) < SCANNED_AT_MOST:
            chunk = [one async for one in _first(left, limit - len(items))]
            scanned += chunk
            found = await self._read(user_id, chunk, outcomes_listed=status not in ALIVE)
            items += [one for one in found if one and (status is None or one.status == status)]
            if len(items) < limit and len(chunk) == 0:
                return AnalysisPage(items=items, next_cursor=None)
        async for _ in left:
            last = keys.analysis_id_in(scanned[-1].key)
            return AnalysisPage(items=items, next_cursor=cursors.encode(last))
        return AnalysisPage(items=items, next_cursor=None)

    async def _read(
        self, user_id: str, chunk: Sequence[Listed], *, outcomes_listed: bool
    ) -> list[Analysis | None]:
        """None for what was deleted while we were listing."""
        alive = [keys.analysis_id_in(one.key) for one in chunk if keys.is_pending(one.key)]
        running = await self._stream.running(alive) if outcomes_listed else {}

        async def read(listed: Listed) -> Analysis | None:
            if not keys.is_pending(listed.key):
                return await self._ended(user_id, listed)
            if outcomes_listed:
                return await self._alive(user_id, listed, running)
            return await self._find(user_id, listed)

        return await asyncio.gather(*(read(one) for one in chunk))

    async def _alive(
        self, user_id: str, listed: Listed, running: Mapping[str, Running]
    ) -> Analysis | None:
        kept = self._kept.get((listed.key, listed.etag))
        if kept is None:
            stored = await self._bucket.get(listed.key)
            if stored is None:  # it has ended since
                return await self._find(user_id, listed)
            self._keep(listed, kept := stored.body)
        intent = Intent.model_validate_json(kept)
        return compose(intent, None, running.get(intent.analysis_id))

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
            return await self._analyses.find(user_id, keys.analysis_id_in(listed.key))
        except NoSuchAnalysis:
            return None

    async def _newest_first(
        self, user_id: str, before: str | None, status: Status | None, page: int
    ) -> AsyncIterator[Listed]:
        """Pendings and outcomes in the order of the outcomes' keys, each analysis once."""
        start = "" if before is None else keys.newest_first(before)
        pending = sorted(
            [
                listed
                async for listed in self._bucket.list(keys.pendings_of(user_id))
                if _place(listed) > start
            ],
            key=_place,
            reverse=True,  # the next one is at the end
        )
        if status not in ALIVE:
            after = keys.outcome(user_id, before) if before else ""
            async for ended in self._bucket.list(keys.outcomes_of(user_id), after=after, page=page):
                while pending and _place(pending[-1]) < _place(ended):
                    yield pending.pop()
                if pending and _place(pending[-1]) == _place(ended):
                    pending.pop()
                yield ended
        while pending:
            yield pending.pop()


def _place(listed: Listed) -> str:
    return keys.newest_first(keys.analysis_id_in(listed.key))


async def _first(source: AsyncIterator[Listed], count: int) -> AsyncIterator[Listed]:
    """The next `count` of `source`, which stays usable."""
    for _ in range(count):
        try:
            yield await anext(source)
        except StopAsyncIteration:
            return
