"""A user's pictures that look like one of them: the index says which, the bucket says whether they are there."""

from result_service.analyses.lookup import Lookup
from result_service.errors import NothingToCompare
from result_service.index.folder import IndexFolder
from result_service.index.likeness import Look
from result_service.models.analyses import SimilarAnalyses, SimilarAnalysis
from result_service.search.catch_up import CatchUp
from result_service.search.reading import Reading
from result_service.search.showing import Showing

ROUNDS = 3
"""Times that the index is asked, since what is gone leaves room for others."""


class Likening:
    """Raises Unavailable where the bucket or the disk does not answer."""

    def __init__(
        self,
        lookup: Lookup,
        reading: Reading,
        showing: Showing,
        catch_up: CatchUp,
        folder: IndexFolder,
    ) -> None:
        self._lookup = lookup
        self._reading = reading
        self._showing = showing
        self._catch_up = catch_up
        self._folder = folder

    async def similar(self, user_id: str, analysis_id: str, limit: int) -> SimilarAnalyses:
        """Near-duplicates first, then those that look alike, without the analysis itself. Raises NoSuchAnalysis, and
        NothingToCompare where it has neither a hash nor an embedding."""
        await self._lookup.summarized(user_id, analysis_id)
        document = await self._reading.document(user_id, analysis_id)
        if document is None or (document.phash is None and document.embedding is None):
            raise NothingToCompare
        look = Look(document.phash, document.embedding)
        await self._catch_up.bring_up_to_date(user_id)
        items: list[SimilarAnalysis] = []
        for _ in range(ROUNDS):
            found, gap = await self._folder.use(
                user_id, lambda index: index.alike(look, analysis_id, limit)
            )
            there = await self._showing.those_there(user_id, [one.analysis_id for one in found])
            items = [
                SimilarAnalysis(
                    analysis=there[one.analysis_id],
                    similarity=one.similarity,
                    near_duplicate=one.near_duplicate,
                )
                for one in found
                if one.analysis_id in there
            ]
            if len(items) == len(found):
                break
        return SimilarAnalyses(items=items, complete=gap is None)
