"""The life of an analysis: accept, finish, cancel, delete.

What holds in every order of crashes: the intent is written before anything is announced, the
outcome is written once by whoever comes first, and the pending object is removed last, with the
completion that follows. Between any two steps the sweeper can take over. What was deleted does not
come back: `removal`.
"""

import asyncio
import math
import time
from datetime import UTC, datetime

import structlog
from redis.exceptions import RedisError
from sightline_contracts import ids
from sightline_contracts.problems import Overloaded, Unavailable

from result_service import dead_letters, keys, outcomes, removal
from result_service.bucket import Bucket
from result_service.completion import Completion
from result_service.errors import AlreadyFinished, Deleted, NoSuchAnalysis
from result_service.lookup import Lookup, compose
from result_service.models import Analysis, EndStatus, Intent, Report, Submission
from result_service.outcomes import End, Outcome
from result_service.stream import Stream
from result_service.uploads import Uploads

_log = structlog.get_logger()


class Analyses:
    """The use cases. Each raises Unavailable when the bucket does not answer."""

    def __init__(
        self,
        bucket: Bucket,
        stream: Stream,
        lookup: Lookup,
        uploads: Uploads,
        completion: Completion,
        queue_wait_s: float,
    ) -> None:
        self._bucket = bucket
        self._lookup = lookup
        self._uploads = uploads
        self._stream = stream
        self._completion = completion
        self._queue_wait_s = queue_wait_s

    async def accept(
        self, user_id: str, analysis_id: str, submission: Submission
    ) -> tuple[Analysis, bool]:
        """Write the intent and announce it; idempotent by id. Whether it was new.

        An upload is stored before: this analysis's own, that of the analysis which it repeats,
        or a presigned one. Raises NoSuchAnalysis, NoSuchUpload for the last two, StorageExceeded,
        and Deleted where it was accepted before and is deleted.
        Written but not announced, because Redis is down: the sweeper announces it later, so
        the caller may already promise the analysis. Raises Overloaded when what the user sent
        before waits for longer than `queue_wait_s`; nothing is written then.
        """
        waits_s, deleted = await asyncio.gather(
            self._stream.waits_since(user_id, submission.input.operations),
            removal.was_deleted(self._bucket, user_id, analysis_id),
        )
        if deleted:
            raise Deleted
        if (waits_s or 0) > self._queue_wait_s:
            return await self._accepted_before(user_id, analysis_id), False
        await self._provide_upload(user_id, analysis_id, submission)
        made = datetime.fromtimestamp(ids.milliseconds_of(analysis_id) / 1000, UTC)
        intent = Intent(
            analysis_id=analysis_id,
            user_id=user_id,
            created_at=ids.rfc3339(made),
            request_id=submission.request_id,
            input=submission.input,
            retry_of=submission.retry_of,
            webhook_url=await self._webhook_url(user_id, submission),
        )
        body = intent.model_dump_json().encode()
        if not await self._bucket.put_new(keys.pending(user_id, analysis_id), body):
            return await self._lookup.find(user_id, analysis_id), False
        try:
            await self.announce(intent)
        except RedisError as error:
            _log.warning("announce_failed", analysis_id=analysis_id, error=type(error).__name__)
        return compose(intent, None, None), True

    async def _accepted_before(self, user_id: str, analysis_id: str) -> Analysis:
        try:
            return await self._lookup.find(user_id, analysis_id)
        except NoSuchAnalysis as error:
            raise Overloaded(
                "Analyses that you sent earlier wait for too long; send more when they have ended.",
                retry_after_s=math.ceil(self._queue_wait_s),
            ) from error

    async def _webhook_url(self, user_id: str, submission: Submission) -> str | None:
        """Whoever wanted to hear of an analysis hears of its repetition."""
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
        """Publish `analysis.requested`; False when somebody else did. Raises RedisError."""
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
        """Record an end. The first writer wins; returns the status that counts, and whether
        it is this one. Raises NoSuchAnalysis when the analysis was deleted."""
        intent = await self._lookup.pending(user_id, analysis_id)
        if intent is None:
            standing = await self._lookup.outcome(user_id, analysis_id)
            if standing is None:
                raise NoSuchAnalysis
            return standing.status, False
        if report.preview is not None:
            # The picture to look at is there before the outcome says that it is.
            key = keys.preview(user_id, analysis_id)
            await self._bucket.put(key, report.preview, content_type="image/jpeg")
        end, first = await self._end(intent, outcomes.of_report(analysis_id, report))
        if first:
            await self._check_not_deleted(end)
        await self._follow_and_complete_later(end)
        return end.outcome.status, first

    async def cancel(self, user_id: str, analysis_id: str) -> Analysis:
        """End a queued or running analysis. Raises AlreadyFinished when it has ended."""
        intent = await self._lookup.pending(user_id, analysis_id)
        if intent is None:
            await self._lookup.find(user_id, analysis_id)
            raise AlreadyFinished
        running = await self._stream.running([analysis_id])
        started_at = running[analysis_id].started_at if running else None
        outcome = outcomes.canceled(analysis_id, started_at, ids.now())
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
            # The store said that somebody else is writing it at this very moment.
            raise Unavailable("The outcome is being written.")
        return End(intent, outcomes.decode(standing)), False

    async def _check_not_deleted(self, end: End) -> None:
        """After an outcome was written: whoever deleted the analysis since its pending object was read
        has not seen it. Raises NoSuchAnalysis then, with nothing left of it."""
        if await removal.was_deleted(self._bucket, end.user_id, end.analysis_id):
            await self.finish_deletion(end.user_id, end.analysis_id)
            raise NoSuchAnalysis

    async def _follow_and_complete_later(self, end: End) -> None:
        if await self.follow(end):
            self._completion.later(end)

    async def follow(self, end: End) -> bool:
        """Keep what outlives the pending object, then tell who waits; whether nothing is left but
        the completion. Without Redis nobody is told: the waiters ask by themselves, and a marker
        that outlives its analysis expires."""
        try:
            await dead_letters.keep(self._bucket, end.intent, end.outcome)
            if not outcomes.carries(end.intent):
                key = keys.intent(end.user_id, end.analysis_id)
                await self._bucket.put(key, end.intent.model_dump_json().encode())
            await self._tell(end.intent, end.outcome)
        except Unavailable as error:
            _log.warning("follow_failed", analysis_id=end.analysis_id, reason=error.detail)
            return False
        except RedisError as error:
            _log.warning("tell_failed", analysis_id=end.analysis_id, error=type(error).__name__)
        return True

    async def _tell(self, intent: Intent, outcome: Outcome) -> None:
        await self._stream.complete(
            {
                "analysis_id": intent.analysis_id,
                "user_id": intent.user_id,
                "status": outcome.status,
                "created_at": intent.created_at,
                "finished_at": outcome.finished_at,
            },
            now_ms=int(time.time() * 1000),
        )

    async def delete(self, user_id: str, analysis_id: str) -> None:
        """End what still runs as canceled, bill what has ended, and remove every object. Once begun
        the sweeper brings it to its end. Raises NoSuchAnalysis, Deleted."""
        intent = await self._lookup.pending(user_id, analysis_id)
        if intent is None and await self._bucket.head(keys.outcome(user_id, analysis_id)) is None:
            raise await self._lookup.absence(user_id, analysis_id)
        await removal.begin(self._bucket, user_id, analysis_id)
        await self.finish_deletion(user_id, analysis_id)

    async def finish_deletion(self, user_id: str, analysis_id: str) -> None:
        """What follows the tombstone; can be repeated. Raises Unavailable also when it cannot be
        settled now."""
        intent = await self._lookup.pending(user_id, analysis_id)
        if intent is not None:
            end, _ = await self._end(intent, outcomes.canceled(analysis_id, None, ids.now()))
            if not (await self.follow(end) and await self._completion.complete([end])):
                raise Unavailable("It has ended, but cannot be settled now.")
        await removal.remove(self._bucket, user_id, analysis_id)
