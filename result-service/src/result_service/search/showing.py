"""Reads matches from the bucket before they are shown, and takes those that are gone out of the index."""

import asyncio
from collections.abc import Sequence

from result_service.analyses.lookup import Lookup
from result_service.errors import NoSuchAnalysis
from result_service.index.folder import IndexFolder
from result_service.models.analyses import Analysis
from result_service.store import keys, unreadable


class Showing:
    """Raises Unavailable where the bucket or the disk does not answer."""

    def __init__(self, lookup: Lookup, folder: IndexFolder) -> None:
        self._lookup = lookup
        self._folder = folder

    async def those_there(self, user_id: str, analysis_ids: Sequence[str]) -> dict[str, Analysis]:
        """Those that are still there, without their results, in the given order."""
        read = await asyncio.gather(*(self._read(user_id, each) for each in analysis_ids))
        found = dict(zip(analysis_ids, read, strict=True))
        gone = [analysis_id for analysis_id, analysis in found.items() if analysis is None]
        if gone:
            await self._folder.remove(user_id, gone)
        return {each: analysis for each, analysis in found.items() if analysis is not None}

    async def _read(self, user_id: str, analysis_id: str) -> Analysis | None:
        try:
            return await self._lookup.summarized(user_id, analysis_id)
        except NoSuchAnalysis:
            return None
        except unreadable.MALFORMED as error:
            unreadable.record("found", keys.outcome(user_id, analysis_id), error)
            return None
