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
from result_service.repair.set_aside import SetAside
from result_service.repair.settings import SweeperSettings
from result_service.store import keys, unreadable
from result_service.store.bucket import Bucket, Listed

BATCH = 500
"""Pending objects that are mended together."""
_log = structlog.get_logger()


class Sweeper:
    """Sweeps at an interval. Intents and ends younger than the grace time are left to the replica that
    wrote them."""

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
        """Go over deletions, removals and pending objects once. Raises Unavailable, RedisError."""
        await self._due_removals.carry_out()
        oldest_left = datetime.now(UTC) - self._grace
        batch: list[Listed] = []
        async for listed in self._bucket.list(keys.PENDING):
            if listed.modified <= oldest_left and listed not in self._aside:
                batch.append(listed)
            if len(batch) == BATCH:
                await self._mend(batch)
                batch = []
        if batch:
            await self._mend(batch)

    async def _mend(self, batch: list[Listed]) -> None:
        by_id = {keys.analysis_id_in(listed.key): listed for listed in batch}
        ended: list[End] = []
        for analysis_id, seen in (await self._stream.lost(list(by_id))).items():
            listed = by_id[analysis_id]
            try:
                end = await self._mend_analysis(listed, seen)
            except unreadable.MALFORMED as error:
                self._aside.add(listed)
                unreadable.record("pending", listed.key, error)
                continue
            if end is not None:
                ended.append(end)
        for end in await self._completion.complete(ended):
            repairs.record("completed", end.analysis_id)

    async def _mend_analysis(self, listed: Listed, seen: str) -> End | None:
        """Announce an analysis that has not ended. Of one that has, return the end if its completion is
        left to the sweeper."""
        stored = await self._bucket.get(listed.key)
        if stored is None:
            return None  # completed meanwhile
        intent = Intent.model_validate_json(stored.body)
        context.request_id.set(intent.request_id)  # what follows belongs to that request
        outcome = await self._bucket.get(keys.outcome(intent.user_id, intent.analysis_id))
        if outcome is None:
            if await self._analyses.announce(intent, seen):
                repairs.record("announced", intent.analysis_id)
            return None
        end = End(intent, Outcome.decode(outcome))
        if self._is_being_completed(end):
            return None  # completed twice at once, it might owe a webhook twice
        return end if await self._analyses.follow(end) else None

    def _is_being_completed(self, end: End) -> bool:
        """Whether the replica that wrote the outcome still has time to complete it."""
        finished = datetime.fromisoformat(end.outcome.finished_at)
        return datetime.now(UTC) - finished < self._grace
