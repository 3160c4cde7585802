"""The life of an analysis: accept, finish, cancel, delete.

These hold in every order of crashes: the intent is written before anything is announced, the first writer
writes the outcome and nobody overwrites it, and the pending object is removed last, by the completion that
follows. The sweeper can take over between any two steps. A deleted analysis does not come back: see
`accounts.removals`.
"""

import asyncio
import math
import time
from datetime import UTC, datetime

import structlog
from redis.exceptions import RedisError
from sightline_contracts import ids
from sightline_contracts.problems import Overloaded, Unavailable

from result_service.accounts.removals import Removals
from result_service.accounts.uploads import Uploads
from result_service.analyses.completion import Completion
from result_service.analyses.lookup import Lookup, compose
from result_service.analyses.submission_rules import SubmissionRules
from result_service.deliveries.dead_letters import DeadLetters
from result_service.deliveries.stream import Stream
from result_service.errors import AlreadyFinished, Deleted, NoSuchAnalysis
from result_service.models.analyses import Analysis, EndStatus, Intent, Report, Submission
from result_service.outcomes.embeddings import Embeddings
from result_service.outcomes.outcome import End, Outcome, fits_in_metadata
from result_service.store import keys
from result_service.store.bucket import Bucket

SLOW_MS = 1_000
"""An analysis that is accepted so long after its id was made may have been accepted by a repeated request and deleted
meanwhile."""
LATE_MS = 60_000
"""An analysis that is accepted so long after its id was made, as by a repeated request, is marked: an index that has
looked at that time already would miss it."""
_log = structlog.get_logger()


class AnalysisService:
    """Each method raises Unavailable when the bucket does not answer. `queue_wait_s`: when the analyses
    that a user sent before wait for longer, no more are accepted."""

    def __init__(
        self,
        bucket: Bucket,
        stream: Stream,
        lookup: Lookup,
        uploads: Uploads,
        removals: Removals,
        dead_letters: DeadLetters,
        embeddings: Embeddings,
        completion: Completion,
        rules: SubmissionRules,
        queue_wait_s: float,
    ) -> None:
        self._bucket = bucket
        self._stream = stream
        self._lookup = lookup
        self._uploads = uploads
        self._removals = removals
        self._dead_letters = dead_letters
        self._embeddings = embeddings
        self._completion = completion
        self._rules = rules
        self._queue_wait_s = queue_wait_s

    async def accept(
        self, user_id: str, analysis_id: str, submission: Submission
    ) -> tuple[Analysis, bool]:
        """Write the intent and announce it; idempotent by id. Returns whether the analysis is new.

        The image of an upload is there before: this analysis's own, that of the analysis which it
        repeats, or a presigned one. Raises InvalidRequest, NoSuchAnalysis and NoSuchUpload for the last
        two, StorageExceeded, and Deleted where the analysis was accepted before and is deleted. Raises
        Overloaded, with nothing written, when the user's earlier analyses wait for too long.
        With Redis down the intent is written and not announced: the sweeper announces it later, so that
        the caller may already promise the analysis.
        """
        self._rules.check(submission.input)
        waits_s, deleted = await asyncio.gather(
            self._stream.waits_since(user_id, submission.input.operations),
            self._removals.was_deleted(user_id, analysis_id),
        )
        if deleted:
            raise Deleted
        if (waits_s or 0) > self._queue_wait_s:
            return await self._accepted_before(user_id, analysis_id), False
        await self._provide_upload(user_id, analysis_id, submission)
        intent = await self._intent(user_id, analysis_id, submission)
        body = intent.model_dump_json().encode()
        age_ms = time.time() * 1000 - ids.milliseconds_of(analysis_id)
        if age_ms > LATE_MS:
            await self._bucket.put(keys.late(user_id, analysis_id), b"", content_type="text/plain")
        if not await self._bucket.put_new(keys.pending(user_id, analysis_id), body):
            return await self._lookup.find(user_id, analysis_id), False
        if age_ms > SLOW_MS and await self._removals.was_deleted(user_id, analysis_id):
            await self.finish_deletion(user_id, analysis_id)
            raise Deleted
        try:
            await self.announce(intent)
        except RedisError as error:
            _log.warning("announce_failed", analysis_id=analysis_id, error=type(error).__name__)
        return compose(intent, None, None), True

    async def _intent(self, user_id: str, analysis_id: str, submission: Submission) -> Intent:
        created = datetime.fromtimestamp(ids.milliseconds_of(analysis_id) / 1000, UTC)
        return Intent(
            analysis_id=analysis_id,
            user_id=user_id,
            created_at=ids.rfc3339(created),
            request_id=submission.request_id,
            input=submission.input,
            retry_of=submission.retry_of,
            webhook_url=await self._webhook_url(user_id, submission),
        )

    async def _accepted_before(self, user_id: str, analysis_id: str) -> Analysis:
        try:
            return await self._lookup.find(user_id, analysis_id)
        except NoSuchAnalysis as error:
            raise Overloaded(
                "Analyses that you sent earlier wait for too long; send more when they have ended.",
                retry_after_s=math.ceil(self._queue_wait_s),
            ) from error

    async def _webhook_url(self, user_id: str, submission: Submission) -> str | None:
        """The submission's own address, or that of the analysis which it repeats."""
        if submission.webhook_url is not None or submission.retry_of is None:
            return submission.webhook_url
        earlier, _ = await self._lookup.read(user_id, submission.retry_of, whole=False)
        return None if earlier is None else earlier.webhook_url

    async def _provide_upload(self, user_id: str, analysis_id: str, submission: Submission) -> None:
        if submission.input.kind != "upload":
            return
        target = keys.upload(user_id, analysis_id)
        if submission.upload_id is not None:
            await self._uploads.take(user_id, submission.upload_id, target)
        elif submission.retry_of is not None and not await self._uploads.repeat(
            keys.upload(user_id, submission.retry_of), target, user_id
        ):
            raise NoSuchAnalysis("The image of that analysis is gone.")

    async def announce(self, intent: Intent, seen: str = "") -> bool:
        """Publish `analysis.requested`, unless the marker differs from `seen`. Returns False when another
        replica did. Raises RedisError."""
        return await self._stream.request(
            {
                "analysis_id": intent.analysis_id,
                "user_id": intent.user_id,
                "created_at": intent.created_at,
                "input": intent.input.model_dump(exclude={"metadata"}),
            },
            seen,
        )

    async def finish(
        self, user_id: str, analysis_id: str, report: Report
    ) -> tuple[EndStatus, bool]:
        """Record an end, of which the first one stands. Returns the status that stands, and whether it
        is this report's. Raises NoSuchAnalysis when the analysis was deleted."""
        intent = await self._lookup.pending(user_id, analysis_id)
        if intent is None:
            standing = await self._lookup.outcome(user_id, analysis_id)
            if standing is None:
                raise NoSuchAnalysis
            return standing.status, False
        # Both are there before the outcome, whose readers ask for them.
        await asyncio.gather(
            self._keep_preview(user_id, analysis_id, report),
            self._embeddings.keep(user_id, analysis_id, report),
        )
        end, first = await self._end(intent, Outcome.of_report(analysis_id, report))
        if first:
            await self._check_not_deleted(end)
        await self._follow_and_complete_later(end)
        return end.outcome.status, first

    async def _keep_preview(self, user_id: str, analysis_id: str, report: Report) -> None:
        if report.preview is not None:
            key = keys.preview(user_id, analysis_id)
            await self._bucket.put(key, report.preview, content_type="image/jpeg")

    async def cancel(self, user_id: str, analysis_id: str) -> Analysis:
        """End a queued or running analysis. Raises AlreadyFinished when it has ended."""
        intent = await self._lookup.pending(user_id, analysis_id)
        if intent is None:
            await self._lookup.find(user_id, analysis_id)
            raise AlreadyFinished
        running = await self._stream.running([analysis_id])
        started_at = running[analysis_id].started_at if running else None
        outcome = Outcome.canceled(analysis_id, started_at, ids.now())
        end, first = await self._end(intent, outcome)
        if first:
            await self._check_not_deleted(end)
        await self._follow_and_complete_later(end)
        if not first:
            raise AlreadyFinished
        return compose(intent, outcome, None)

    async def _end(self, intent: Intent, outcome: Outcome) -> tuple[End, bool]:
        """The end that stands, and whether it is this one."""
        body, metadata = outcome.encode(intent)
        key = keys.outcome(intent.user_id, intent.analysis_id)
        first = await self._bucket.put_new(key, body, metadata=metadata)
        if first:
            return End(intent, outcome), True
        standing = await self._bucket.get(key)
        if standing is None:
            # The store refused since another request is writing it at this very moment.
            raise Unavailable("The outcome is being written.")
        return End(intent, Outcome.decode(standing)), False

    async def _check_not_deleted(self, end: End) -> None:
        """Undo an outcome that was written while the analysis was being deleted: a deletion that began
        after the pending object was read has not seen it. Raises NoSuchAnalysis then."""
        if await self._removals.was_deleted(end.user_id, end.analysis_id):
            await self.finish_deletion(end.user_id, end.analysis_id)
            raise NoSuchAnalysis

    async def _follow_and_complete_later(self, end: End) -> None:
        if await self.follow(end):
            self._completion.later(end)

    async def follow(self, end: End) -> bool:
        """Keep the objects that outlive the pending one, then publish the end. Returns whether only the
        completion is left. Without Redis nothing is published: waiters poll by themselves, and a marker
        that outlives its analysis expires."""
        try:
            await self._dead_letters.keep(end)
            if not fits_in_metadata(end.intent):
                key = keys.intent(end.user_id, end.analysis_id)
                await self._bucket.put(key, end.intent.model_dump_json().encode())
            await self._publish_end(end)
        except Unavailable as error:
            _log.warning("follow_failed", analysis_id=end.analysis_id, reason=error.detail)
            return False
        except RedisError as error:
            _log.warning("tell_failed", analysis_id=end.analysis_id, error=type(error).__name__)
        return True

    async def _publish_end(self, end: End) -> None:
        await self._stream.complete(
            {
                "analysis_id": end.analysis_id,
                "user_id": end.user_id,
                "status": end.outcome.status,
                "created_at": end.intent.created_at,
                "finished_at": end.outcome.finished_at,
            },
            now_ms=int(time.time() * 1000),
        )

    async def delete(self, user_id: str, analysis_id: str) -> None:
        """Cancel an analysis that still runs, bill one that has ended, and remove every object. The
        sweeper finishes a deletion that has begun. Raises NoSuchAnalysis, Deleted."""
        intent = await self._lookup.pending(user_id, analysis_id)
        if intent is None and await self._bucket.head(keys.outcome(user_id, analysis_id)) is None:
            raise await self._lookup.absence(user_id, analysis_id)
        await self._removals.begin(user_id, analysis_id)
        await self.finish_deletion(user_id, analysis_id)

    async def finish_deletion(self, user_id: str, analysis_id: str) -> None:
        """Remove an analysis whose tombstone is written; can be repeated. Raises Unavailable also when it
        cannot be settled now."""
        intent = await self._lookup.pending(user_id, analysis_id)
        if intent is not None:
            end, _ = await self._end(intent, Outcome.canceled(analysis_id, None, ids.now()))
            if not (await self.follow(end) and await self._completion.complete([end])):
                raise Unavailable("It has ended, but cannot be settled now.")
        await self._removals.remove(user_id, analysis_id)
