"""A user's analyses, newest first, without an index: two sorted listings are merged."""

import asyncio
from collections.abc import AsyncIterator

from sightline_contracts import cursors

from result_service import keys
from result_service.analyses import Analyses
from result_service.bucket import Bucket
from result_service.errors import NoSuchAnalysis
from result_service.models import Analysis, AnalysisPage, Status

ALIVE = ("queued", "running")
SCANNED_AT_MOST = 500
"""Objects that one call with a status filter looks at; the cursor goes on from there."""


class Listing:
    def __init__(self, bucket: Bucket, analyses: Analyses) -> None:
        self._bucket = bucket
        self._analyses = analyses

    async def page(
        self, user_id: str, limit: int, cursor: str | None, status: Status | None
    ) -> AnalysisPage:
        """Up to `limit` analyses older than the cursor. With a status filter a page may be
        short although more follow: `next_cursor` tells. Raises InvalidRequest on a bad cursor."""
        before = None if cursor is None else cursors.decode(cursor, "an")
        items: list[Analysis] = []
        scanned: list[str] = []
        ids_left = self._newest_first(user_id, before, status)
        while len(items) < limit and len(scanned) < SCANNED_AT_MOST:
            chunk = [one async for one in _first(ids_left, limit - len(items))]
            scanned += chunk
            found = await asyncio.gather(*(self._find(user_id, one) for one in chunk))
            items += [one for one in found if one and (status is None or one.status == status)]
            if len(items) < limit and len(chunk) == 0:
                return AnalysisPage(items=items, next_cursor=None)
        async for _ in ids_left:
            return AnalysisPage(items=items, next_cursor=cursors.encode(scanned[-1]))
        return AnalysisPage(items=items, next_cursor=None)

    async def _find(self, user_id: str, analysis_id: str) -> Analysis | None:
        try:
            return await self._analyses.find(user_id, analysis_id)
        except NoSuchAnalysis:
            return None  # deleted while we were listing

    async def _newest_first(
        self, user_id: str, before: str | None, status: Status | None
    ) -> AsyncIterator[str]:
        """Ids of both kinds in the order of the outcomes' keys, each once."""
        start = "" if before is None else keys.newest_first(before)
        pending = sorted(
            [
                one
                async for listed in self._bucket.list(keys.pendings_of(user_id))
                if keys.newest_first(one := keys.analysis_id_in(listed.key)) > start
            ],
            key=keys.newest_first,
            reverse=True,  # the next one is at the end
        )
        if status not in ALIVE:
            after = keys.outcome(user_id, before) if before else ""
            async for listed in self._bucket.list(keys.outcomes_of(user_id), after=after, page=200):
                ended = keys.analysis_id_in(listed.key)
                while pending and keys.newest_first(pending[-1]) < keys.newest_first(ended):
                    yield pending.pop()
                if pending and pending[-1] == ended:
                    pending.pop()
                yield ended
        while pending:
            yield pending.pop()


async def _first(source: AsyncIterator[str], count: int) -> AsyncIterator[str]:
    """The next `count` of `source`, which stays usable."""
    for _ in range(count):
        try:
            yield await anext(source)
        except StopAsyncIteration:
            return
