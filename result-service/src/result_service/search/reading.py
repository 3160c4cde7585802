"""Reads what an index needs of ended analyses, a bounded number of bytes at a time."""

import asyncio
from collections.abc import Iterator, Sequence

from result_service.analyses.lookup import Lookup
from result_service.index.documents import Document, document
from result_service.outcomes.embeddings import Embeddings
from result_service.store import keys, unreadable
from result_service.store.bucket import Listed

BYTES_TOGETHER = 1 << 20
"""Bytes of results that are read at the same time, and take some ten times as much while they are."""
READ_TOGETHER = 8


class Reading:
    """Raises Unavailable when the bucket does not answer."""

    def __init__(self, lookup: Lookup, embeddings: Embeddings) -> None:
        self._lookup = lookup
        self._embeddings = embeddings
        self._alone = asyncio.Semaphore(1)

    async def documents(self, user_id: str, outcomes: Sequence[Listed]) -> list[Document]:
        """Those of these outcomes that are still there and can be read."""
        found: list[Document | None] = []
        for group in _groups(outcomes):
            async with self._alone:
                reads = [self._document(user_id, keys.analysis_id_in(each.key)) for each in group]
                found += await asyncio.gather(*reads)
        return [each for each in found if each is not None]

    async def document(self, user_id: str, analysis_id: str) -> Document | None:
        """None where it has not ended, is gone, or cannot be read."""
        async with self._alone:
            return await self._document(user_id, analysis_id)

    async def _document(self, user_id: str, analysis_id: str) -> Document | None:
        try:
            intent, outcome = await self._lookup.read(user_id, analysis_id, whole=True)
            if intent is None or outcome is None:
                return None
            # Labels come of the model that makes embeddings.
            looked_at = outcome.status == "succeeded" and "labels" in intent.input.operations
            embedding = await self._embeddings.find(user_id, analysis_id) if looked_at else None
            return document(intent, outcome, embedding)
        except unreadable.MALFORMED as error:
            unreadable.record("indexed", keys.outcome(user_id, analysis_id), error)
            return None


def _groups(outcomes: Sequence[Listed]) -> Iterator[list[Listed]]:
    """Few enough to be read together; one that is larger than that is read alone."""
    group: list[Listed] = []
    size = 0
    for each in outcomes:
        if group and (len(group) == READ_TOGETHER or size + each.size > BYTES_TOGETHER):
            yield group
            group, size = [], 0
        group.append(each)
        size += each.size
    if group:
        yield group
