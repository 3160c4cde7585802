"""Mends what a crash or a lost hint left behind, from the pending objects alone."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import structlog
from prometheus_client import Counter
from redis.exceptions import RedisError
from sightline_contracts import context
from sightline_contracts.problems import Unavailable
from sightline_contracts.tasks import stopping

from result_service import keys, outcomes
from result_service.analyses import Analyses
from result_service.bucket import Bucket, Listed
from result_service.completion import Completion
from result_service.models import Intent
from result_service.outcomes import End
from result_service.stream import Stream

REPAIRS = Counter("sweeper_repairs_total", "What the sweeper mended.", ["kind"])
BATCH = 500
_log = structlog.get_logger()


class Sweeper:
    """`interval_s` between two sweeps; intents and ends younger than `grace_s` are left to their
    makers."""

    def __init__(
        self, bucket: Bucket, stream: Stream, analyses: Analyses, completion: Completion,
        interval_s: float, grace_s: float,
    ) -> None:  # fmt: skip
        self._bucket = bucket
        self._stream = stream
        self._analyses = analyses
        self._completion = completion
        self._interval_s = interval_s
        self._grace = timedelta(seconds=grace_s)

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
        """One pass over deletions and pending objects. Raises Unavailable, RedisError."""
        async for listed in self._bucket.list(keys.DELETIONS):
            await self._delete_user(listed.key.removeprefix(keys.DELETIONS))
        young = datetime.now(UTC) - self._grace
        batch: list[Listed] = []
        async for listed in self._bucket.list(keys.PENDING):
            if listed.modified <= young:
                batch.append(listed)
            if len(batch) == BATCH:
                await self._mend(batch)
                batch = []
        if batch:
            await self._mend(batch)

    async def _mend(self, batch: list[Listed]) -> None:
        by_id = {keys.analysis_id_in(listed.key): listed.key for listed in batch}
        ended: list[End] = []
        for analysis_id, seen in (await self._stream.lost(list(by_id))).items():
            stored = await self._bucket.get(by_id[analysis_id])
            if stored is None:
                continue  # it ended meanwhile
            intent = Intent.model_validate_json(stored.body)
            context.request_id.set(intent.request_id)  # what follows belongs to that request
            outcome = await self._bucket.get(keys.outcome(intent.user_id, analysis_id))
            if outcome is not None:
                end = End(intent, outcomes.decode(outcome))
                if self._is_being_completed(end):
                    continue  # twice at once, a webhook might be owed twice
                if await self._analyses.follow(end):
                    ended.append(end)
            elif await self._analyses.announce(intent, seen):
                self._note("announced", analysis_id)
        for end in await self._completion.complete(ended):
            self._note("completed", end.analysis_id)

    def _is_being_completed(self, end: End) -> bool:
        """By whoever wrote its outcome, as long as that is no older than the grace time."""
        finished = datetime.fromisoformat(end.outcome.finished_at)
        return datetime.now(UTC) - finished < self._grace

    async def _delete_user(self, user_id: str) -> None:
        """Every object of a user whose account is gone; the marker goes last."""
        for prefix in keys.of_user(user_id):
            found = [listed.key async for listed in self._bucket.list(prefix)]
            if prefix == keys.outcomes_of(user_id):
                ended = [keys.analysis_id_in(key) for key in found]
                found += [keys.dead_letter(user_id, one) for one in ended]
                found += [keys.redrive(user_id, one) for one in ended]
            await self._bucket.delete(found)
        await self._bucket.delete([keys.deletion(user_id)])
        self._note("user_deleted", user_id)

    @staticmethod
    def _note(kind: str, subject: str) -> None:
        REPAIRS.labels(kind).inc()
        _log.info("sweeper_repair", kind=kind, subject=subject)
