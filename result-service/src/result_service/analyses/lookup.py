"""Reads analyses: the input, the state, the outcome."""

import asyncio

from result_service.accounts.removals import Removals
from result_service.deliveries.stream import Running, Stream
from result_service.errors import Deleted, NoSuchAnalysis
from result_service.models.analyses import Analysis, Intent, Links, Retry
from result_service.outcomes.ended import EndedAnalyses
from result_service.outcomes.outcome import (
    Outcome,
    has_full_metadata,
    intent_in,
    with_full_metadata,
)
from result_service.store import keys
from result_service.store.bucket import Bucket, StoredObject

MAX_WHOLE_BODIES = 2
"""Results read whole at the same time where only a summary is asked for."""


class Lookup:
    """Each method raises Unavailable when the bucket does not answer."""

    def __init__(
        self, bucket: Bucket, stream: Stream, removals: Removals, ended: EndedAnalyses
    ) -> None:
        self._ended = ended
        self._bucket = bucket
        self._stream = stream
        self._removals = removals
        self._whole_bodies = asyncio.Semaphore(MAX_WHOLE_BODIES)

    async def find(self, user_id: str, analysis_id: str) -> Analysis:
        """The analysis in its present state. Raises NoSuchAnalysis."""
        return await self._analysis(user_id, analysis_id, whole=True)

    async def shown(self, user_id: str, analysis_id: str) -> bytes:
        """The analysis in its present state as JSON, an ended one from memory where it is there. Raises
        NoSuchAnalysis."""
        kept = self._ended.get(user_id, analysis_id, whole=True)
        if kept is not None:
            return kept
        return (await self._read_to_keep(user_id, analysis_id, whole=True))[1]

    async def summarized(self, user_id: str, analysis_id: str) -> Analysis:
        """The analysis without its result, from the outcome's metadata or from memory. Raises
        NoSuchAnalysis."""
        kept = self._ended.get(user_id, analysis_id, whole=False)
        if kept is not None:
            return Analysis.model_validate_json(kept)
        return (await self._read_to_keep(user_id, analysis_id, whole=False))[0]

    async def _read_to_keep(
        self, user_id: str, analysis_id: str, *, whole: bool
    ) -> tuple[Analysis, bytes]:
        since = self._ended.clock()
        analysis = await self._analysis(user_id, analysis_id, whole=whole)
        body = analysis.model_dump_json().encode()
        if analysis.finished_at is not None:
            self._ended.keep(user_id, analysis_id, body, since, whole=whole)
        return analysis, body

    async def _analysis(self, user_id: str, analysis_id: str, *, whole: bool) -> Analysis:
        intent, outcome = await self.read(user_id, analysis_id, whole=whole)
        if intent is None:
            # The analysis may have ended between the reads of its two objects.
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
        """The error for an analysis that is not there: Deleted where it once was."""
        deleted = await self._removals.was_deleted(user_id, analysis_id)
        return Deleted() if deleted else NoSuchAnalysis()

    async def read(
        self, user_id: str, analysis_id: str, *, whole: bool
    ) -> tuple[Intent | None, Outcome | None]:
        """Intent and outcome. Unless `whole`, the outcome is without its body."""
        key = keys.outcome(user_id, analysis_id)
        stored = await (self._bucket.get(key) if whole else self._without_body(key))
        outcome = None if stored is None else Outcome.decode(stored)
        intent = None if stored is None else intent_in(stored)
        if intent is None:
            intent = await self.pending(user_id, analysis_id)
        if intent is None and outcome is not None:
            separate = await self._bucket.get(keys.intent(user_id, analysis_id))
            intent = None if separate is None else Intent.model_validate_json(separate.body)
        return intent, outcome

    async def _without_body(self, key: str) -> StoredObject | None:
        """An outcome's metadata. The body is read only where an earlier version left a part to it."""
        stored = await self._bucket.head(key)
        if stored is None or has_full_metadata(stored):
            return stored
        async with self._whole_bodies:
            whole = await self._bucket.get(key)
            # Decoded within the bound, since the body is held until then.
            return None if whole is None else with_full_metadata(whole)

    async def pending(self, user_id: str, analysis_id: str) -> Intent | None:
        """The intent of an analysis that is not complete."""
        stored = await self._bucket.get(keys.pending(user_id, analysis_id))
        return None if stored is None else Intent.model_validate_json(stored.body)

    async def outcome(self, user_id: str, analysis_id: str) -> Outcome | None:
        """The outcome without its body."""
        stored = await self._without_body(keys.outcome(user_id, analysis_id))
        return None if stored is None else Outcome.decode(stored)

    async def needs_no_work(self, user_id: str, analysis_id: str) -> bool:
        """Whether the analysis has ended or was deleted."""
        outcome, pending = await asyncio.gather(
            self._bucket.head(keys.outcome(user_id, analysis_id)),
            self._bucket.head(keys.pending(user_id, analysis_id)),
        )
        return outcome is not None or pending is None


def compose(
    intent: Intent, outcome: Outcome | None, running: Running | None, retry: Retry | None = None
) -> Analysis:
    """The analysis, with its state derived: outcome → ended; hint of a live attempt → running; else
    queued, for the first time or for a retry."""
    begun = running.attempt if running else retry.attempt - 1 if retry else 0
    base = f"/v1/analyses/{intent.analysis_id}"
    return Analysis(
        id=intent.analysis_id,
        status=outcome.status if outcome else "running" if running else "queued",
        created_at=intent.created_at,
        started_at=outcome.started_at if outcome else running.started_at if running else None,
        finished_at=outcome.finished_at if outcome else None,
        input=intent.input,
        attempts=outcome.attempts if outcome else begun,
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
