"""Batches: the analyses that the submissions of one request became. Their states are read anew."""

import asyncio
from collections import Counter
from datetime import UTC, datetime

from sightline_contracts import ids

from result_service.analyses.lookup import Lookup
from result_service.errors import NoSuchAnalysis
from result_service.models.batches import Batch, BatchItem, BatchMember, BatchRecord
from result_service.store import keys
from result_service.store.bucket import Bucket

MAX_READ_TOGETHER = 16
"""Members read at the same time: half of the store's connections, for one request."""


class Batches:
    """Each method raises Unavailable when the bucket does not answer."""

    def __init__(self, bucket: Bucket, lookup: Lookup) -> None:
        self._bucket = bucket
        self._lookup = lookup

    async def begin(self, user_id: str, batch_id: str, record: BatchRecord) -> BatchRecord:
        """Keep a batch before its members are accepted. After a repetition the first record stands."""
        key = keys.batch(user_id, batch_id)
        if await self._bucket.put_new(key, record.model_dump_json().encode()):
            return record
        return await self._record(user_id, batch_id)

    async def settle(self, user_id: str, batch_id: str, record: BatchRecord) -> None:
        """Replace the record when not all members were accepted."""
        key = keys.batch(user_id, batch_id)
        await self._bucket.put(key, record.model_dump_json().encode())

    async def find(self, user_id: str, batch_id: str) -> Batch:
        """The batch with the present state of its items. Raises NoSuchAnalysis."""
        record = await self._record(user_id, batch_id)
        places = asyncio.Semaphore(MAX_READ_TOGETHER)

        async def item(member: BatchMember) -> BatchItem:
            async with places:
                return await self._item(user_id, member)

        items = await asyncio.gather(*map(item, record.members))
        created = datetime.fromtimestamp(ids.milliseconds_of(batch_id) / 1000, UTC)
        return Batch(
            id=batch_id,
            created_at=ids.rfc3339(created),
            items=items,
            counts=dict(Counter(item.status for item in items)),
        )

    async def _item(self, user_id: str, member: BatchMember) -> BatchItem:
        if member.analysis_id is None:
            return BatchItem(
                index=member.index, analysis_id=None, status="rejected", error=member.error
            )
        try:
            analysis = await self._lookup.summarized(user_id, member.analysis_id)
        except NoSuchAnalysis:
            return BatchItem(
                index=member.index, analysis_id=member.analysis_id, status="missing", error=None
            )
        error = analysis.error.model_dump() if analysis.error else None
        return BatchItem(
            index=member.index,
            analysis_id=analysis.id,
            status=analysis.status,
            error=error,
            summary=analysis.summary,
        )

    async def _record(self, user_id: str, batch_id: str) -> BatchRecord:
        stored = await self._bucket.get(keys.batch(user_id, batch_id))
        if stored is None:
            raise NoSuchAnalysis
        return BatchRecord.model_validate_json(stored.body)
