"""Pages of analyses that match: the index says which, the bucket says whether they are still there."""

import asyncio
from collections.abc import Sequence
from functools import partial

from sightline_contracts import cursors

from result_service.analyses.lookup import Lookup
from result_service.errors import NoSuchAnalysis
from result_service.index import places
from result_service.index.filters import Filters
from result_service.index.folder import IndexFolder
from result_service.index.user_index import UserIndex
from result_service.models.analyses import Analysis, AnalysisPage
from result_service.search.catch_up import CatchUp
from result_service.store import keys, unreadable

MAX_READ = 500
"""Matches that one call reads; the cursor goes on from there."""


class Finding:
    """Raises Unavailable where the bucket or the disk does not answer."""

    def __init__(self, lookup: Lookup, catch_up: CatchUp, folder: IndexFolder) -> None:
        self._lookup = lookup
        self._catch_up = catch_up
        self._folder = folder

    async def page(
        self, user_id: str, filters: Filters, limit: int, cursor: str | None
    ) -> AnalysisPage:
        """Up to `limit` matches older than the cursor, newest first, without their results. While the index is
        being made a page may be short although more follow: `next_cursor` tells. Raises InvalidRequest for a bad
        cursor."""
        before = None if cursor is None else cursors.decode(cursor, "an")
        await self._catch_up.bring_up_to_date(user_id)
        items: list[Analysis] = []
        read = 0
        while True:
            wanted = limit - len(items)
            ids, gap = await self._folder.use(
                user_id, partial(UserIndex.find, filters=filters, before=before, limit=wanted + 1)
            )
            items += await self._shown(user_id, ids[:wanted])
            read += len(ids[:wanted])
            before = ids[:wanted][-1] if ids else before
            if len(ids) <= wanted:
                break
            if len(items) == limit or read >= MAX_READ:
                return AnalysisPage(items=items, next_cursor=cursors.encode(str(before)))
        if gap is None:
            return AnalysisPage(items=items, next_cursor=None)
        edges = [keys.analysis_id_in(gap.after), *([before] if before else [])]
        return AnalysisPage(items=items, next_cursor=cursors.encode(min(edges, key=places.of)))

    async def _shown(self, user_id: str, analysis_ids: Sequence[str]) -> list[Analysis]:
        """Those that are still there. The others leave the index."""
        found = await asyncio.gather(*(self._read(user_id, each) for each in analysis_ids))
        gone = [each for each, analysis in zip(analysis_ids, found, strict=True) if not analysis]
        if gone:
            await self._folder.remove(user_id, gone)
        return [analysis for analysis in found if analysis]

    async def _read(self, user_id: str, analysis_id: str) -> Analysis | None:
        try:
            return await self._lookup.summarized(user_id, analysis_id)
        except NoSuchAnalysis:
            return None
        except unreadable.MALFORMED as error:
            unreadable.record("found", keys.outcome(user_id, analysis_id), error)
            return None
