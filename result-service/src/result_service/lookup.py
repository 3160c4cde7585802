"""Reads analyses: what was asked, how it stands, what came out."""

import asyncio

from result_service import keys, outcomes, removal
from result_service.bucket import Bucket, StoredObject
from result_service.errors import Deleted, NoSuchAnalysis
from result_service.models import Analysis, Intent, Links, Retry
from result_service.outcomes import Outcome
from result_service.stream import Running, Stream

BODIES_AT_ONCE = 2
"""Results that are read as a whole, where only a summary is wanted."""


class Lookup:
    """Each method raises Unavailable when the bucket does not answer."""

    def __init__(self, bucket: Bucket, stream: Stream) -> None:
        self._bucket = bucket
        self._stream = stream
        self._whole_bodies = asyncio.Semaphore(BODIES_AT_ONCE)

    async def find(self, user_id: str, analysis_id: str) -> Analysis:
        """The analysis as it stands. Raises NoSuchAnalysis."""
        return await self._found(user_id, analysis_id, whole=True)

    async def summarized(self, user_id: str, analysis_id: str) -> Analysis:
        """The same without its result, from the outcome's metadata. Raises NoSuchAnalysis."""
        return await self._found(user_id, analysis_id, whole=False)

    async def _found(self, user_id: str, analysis_id: str, *, whole: bool) -> Analysis:
        intent, outcome = await self.read(user_id, analysis_id, whole=whole)
        if intent is None:
            # It may have ended between the two looks.
            intent, outcome = await self.read(user_id, analysis_id, whole=whole)
        if intent is None:
            raise await self.absence(user_id, analysis_id)
        if outcome is not None:
            return compose(intent, outcome, None)
        running, retries = await asyncio.gather(
            self._stream.running([analysis_id]), self._stream.retries([analysis_id])
        )
        return compose(intent, None, running.get(analysis_id), retries.get(analysis_id))

    async def absence(self, user_id: str, analysis_id: str) -> NoSuchAnalysis:
        deleted = await removal.was_deleted(self._bucket, user_id, analysis_id)
        return Deleted() if deleted else NoSuchAnalysis()

    async def read(
        self, user_id: str, analysis_id: str, *, whole: bool
    ) -> tuple[Intent | None, Outcome | None]:
        key = keys.outcome(user_id, analysis_id)
        stored = await (self._bucket.get(key) if whole else self._told(key))
        outcome = None if stored is None else outcomes.decode(stored)
        intent = None if stored is None else outcomes.intent_in(stored)
        if intent is None:
            intent = await self.pending(user_id, analysis_id)
        if intent is None and outcome is not None:
            beside = await self._bucket.get(keys.intent(user_id, analysis_id))
            intent = None if beside is None else Intent.model_validate_json(beside.body)
        return intent, outcome

    async def _told(self, key: str) -> StoredObject | None:
        """An outcome's metadata, and the body only where an earlier version left things to it."""
        stored = await self._bucket.head(key)
        if stored is None or outcomes.tells_all(stored):
            return stored
        async with self._whole_bodies:
            whole = await self._bucket.get(key)
            # The body goes with the bound; what it says is kept in a few words.
            return None if whole is None else outcomes.summed_up(whole)

    async def pending(self, user_id: str, analysis_id: str) -> Intent | None:
        stored = await self._bucket.get(keys.pending(user_id, analysis_id))
        return None if stored is None else Intent.model_validate_json(stored.body)

    async def outcome(self, user_id: str, analysis_id: str) -> Outcome | None:
        stored = await self._told(keys.outcome(user_id, analysis_id))
        return None if stored is None else outcomes.decode(stored)


def compose(
    intent: Intent, outcome: Outcome | None, running: Running | None, retry: Retry | None = None
) -> Analysis:
    """State is derived: outcome → ended; alive hint → running; else queued, for the first time or for
    a retry."""
    tried = running.attempt if running else retry.attempt - 1 if retry else 0
    base = f"/v1/analyses/{intent.analysis_id}"
    return Analysis(
        id=intent.analysis_id,
        status=outcome.status if outcome else "running" if running else "queued",
        created_at=intent.created_at,
        started_at=outcome.started_at if outcome else running.started_at if running else None,
        finished_at=outcome.finished_at if outcome else None,
        input=intent.input,
        attempts=outcome.attempts if outcome else tried,
        retry=None if outcome or running else retry,
        error=outcome.error if outcome else None,
        result=outcome.result if outcome else None,
        summary=outcome.summary if outcome else None,
        retry_of=intent.retry_of,
        request_id=intent.request_id,
        metering=outcome.metering if outcome else None,
        links=Links(
            self=base, result=f"{base}/result", preview=f"{base}/preview", events=f"{base}/events"
        ),
    )
