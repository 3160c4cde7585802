"""Mends what a crash or a lost hint left behind, from the objects in the bucket alone."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import structlog
from redis.exceptions import RedisError
from sightline_contracts import context
from sightline_contracts.problems import Unavailable
from sightline_contracts.tasks import stopping

from result_service.analyses.completion import Completion
from result_service.analyses.service import AnalysisService
from result_service.deliveries.stream import Stream
from result_service.models.analyses import Intent
from result_service.outcomes.outcome import End, Outcome
from result_service.repair import repairs
from result_service.repair.due_removals import DueRemovals
from result_service.repair.failures import Failures
from result_service.repair.set_aside import SetAside
from result_service.repair.settings import SweeperSettings
from result_service.store import keys, unreadable
from result_service.store.bucket import Bucket, Listed

SLICE = 1000
"""Pending objects that a sweep looks at, which S3 lists in one call."""
_log = structlog.get_logger()


class Sweeper:
    """Sweeps at an interval. Intents and ends younger than the grace time are left to the replica that
    wrote them.

    A sweep costs the same however many wait, since it goes over one slice of them, and the next one over the
    next slice. Where there was something to mend, there may be more of it, as when Redis has forgotten
    everything: then the sweep goes on at once.
    """

    def __init__(
        self,
        bucket: Bucket,
        stream: Stream,
        analyses: AnalysisService,
        completion: Completion,
        due_removals: DueRemovals,
        settings: SweeperSettings,
    ) -> None:
        self._bucket = bucket
        self._stream = stream
        self._analyses = analyses
        self._completion = completion
        self._due_removals = due_removals
        self._interval_s = settings.sweep_interval_s
        self._grace = timedelta(seconds=settings.sweep_grace_s)
        self._aside = SetAside()
        self._after = ""
        """The last key of the slice before; empty where the next slice is the first."""

    async def run(self) -> None:
        """Sweep until cancelled. A store that is down is waited for."""
        while not stopping():
            # Replicas drift apart, so that they rarely list at the same moment.
            await asyncio.sleep(self._interval_s * random.uniform(0.8, 1.2))  # noqa: S311
            try:
                await self.sweep()
            except (Unavailable, RedisError) as error:
                _log.warning("sweep_failed", error=type(error).__name__)
            except Exception:  # noqa: BLE001
                # The loop must outlive a single bad object; the log keeps it visible.
                _log.exception("sweep_failed")

    async def sweep(self) -> None:
        """Go over pending objects: one slice, and further ones up to the last as long as there is something to
        mend; and over deletions and removals, whatever became of the first. Raises Unavailable, RedisError."""
        try:
            while await self._sweep_slice() and self._after:
                pass
        finally:
            await self._due_removals.carry_out()

    async def _sweep_slice(self) -> bool:
        """Go over the next slice. Returns whether anything was mended."""
        oldest_left = datetime.now(UTC) - self._grace
        listed = await self._next_slice()
        left = [each for each in listed if each.modified <= oldest_left and each not in self._aside]
        self._after = listed[-1].key if len(listed) == SLICE else ""
        return await self._mend(left) if left else False

    async def _next_slice(self) -> list[Listed]:
        found: list[Listed] = []
        async for listed in self._bucket.list(keys.PENDING, after=self._after, page=SLICE):
            found.append(listed)
            if len(found) == SLICE:
                break
        return found

    async def _mend(self, batch: list[Listed]) -> bool:
        """Mend what no queue holds. Returns whether there was any that could be mended now; raises Unavailable
        in the end where one could not be looked at."""
        mended, failures = False, Failures()
        by_id = {keys.analysis_id_in(listed.key): listed for listed in batch}
        ended: list[End] = []
        for analysis_id, seen in (await self._stream.lost(list(by_id))).items():
            listed = by_id[analysis_id]
            end: End | bool = False
            with failures.kept():
                end = await self._mend_or_set_aside(listed, seen)
            if isinstance(end, End):
                ended.append(end)
            else:
                mended |= end
        for end in await self._completion.complete(ended):
            repairs.record("completed", end.analysis_id)
            mended = True
        failures.raise_first()
        return mended

    async def _mend_or_set_aside(self, listed: Listed, seen: str) -> End | bool:
        try:
            return await self._mend_analysis(listed, seen)
        except unreadable.MALFORMED as error:
            self._aside.add(listed)
            unreadable.record("pending", listed.key, error)
            return False

    async def _mend_analysis(self, listed: Listed, seen: str) -> End | bool:
        """Announce an analysis that has not ended, and return whether this was done. Of one that has, return
        the end if its completion is left to the sweeper."""
        stored = await self._bucket.get(listed.key)
        if stored is None:
            return False  # completed meanwhile
        intent = Intent.model_validate_json(stored.body)
        context.request_id.set(intent.request_id)  # what follows belongs to that request
        outcome = await self._bucket.get(keys.outcome(intent.user_id, intent.analysis_id))
        if outcome is None:
            announced = await self._analyses.announce(intent, seen)
            if announced:
                repairs.record("announced", intent.analysis_id)
            return announced
        end = End(intent, Outcome.decode(outcome))
        if self._is_being_completed(end):
            return False  # completed twice at once, it might owe a webhook twice
        return end if await self._analyses.follow(end) else False

    def _is_being_completed(self, end: End) -> bool:
        """Whether the replica that wrote the outcome still has time to complete it."""
        finished = datetime.fromisoformat(end.outcome.finished_at)
        return datetime.now(UTC) - finished < self._grace
