"""Pages of analyses that match: the index says which, the bucket says whether they are still there."""

from functools import partial

from sightline_contracts import cursors

from result_service.index import places
from result_service.index.filters import Filters
from result_service.index.folder import IndexFolder
from result_service.index.user_index import UserIndex
from result_service.models.analyses import Analysis, AnalysisPage
from result_service.search.catch_up import CatchUp
from result_service.search.showing import Showing
from result_service.store import keys

MAX_READ = 500
"""Matches that one call reads; the cursor goes on from there."""


class Finding:
    """Raises Unavailable where the bucket or the disk does not answer."""

    def __init__(self, showing: Showing, catch_up: CatchUp, folder: IndexFolder) -> None:
        self._showing = showing
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
            there = await self._showing.those_there(user_id, ids[:wanted])
            items += there.values()
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
