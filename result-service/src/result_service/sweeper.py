"""Mends what a crash or a lost hint left behind, from the pending objects alone."""

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta

import structlog
from cachetools import TTLCache
from prometheus_client import Counter
from redis.exceptions import RedisError
from sightline_contracts import context
from sightline_contracts.problems import Unavailable
from sightline_contracts.tasks import stopping

from result_service import keys, outcomes, removal, unreadable
from result_service.analyses import Analyses
from result_service.bucket import Bucket, Listed
from result_service.completion import Completion
from result_service.models import Intent, Removal
from result_service.outcomes import End
from result_service.stream import Stream

REPAIRS = Counter("sweeper_repairs_total", "What the sweeper mended.", ["kind"])
BATCH = 500
ASIDE_AT_MOST, ASIDE_S = 10_000, 3600
"""Unreadable objects that are remembered, and not looked at again for so many seconds."""
_log = structlog.get_logger()


class Sweeper:
    """`interval_s` between two sweeps; intents and ends younger than `grace_s` are left to their
    makers."""

    def __init__(
        self,
        bucket: Bucket,
        stream: Stream,
        analyses: Analyses,
        completion: Completion,
        interval_s: float,
        grace_s: float,
    ) -> None:
        self._bucket = bucket
        self._stream = stream
        self._analyses = analyses
        self._completion = completion
        self._interval_s = interval_s
        self._grace = timedelta(seconds=grace_s)
        self._aside: TTLCache[tuple[str, str], bool] = TTLCache(ASIDE_AT_MOST, ASIDE_S)

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
        """One pass over deletions, removals and pending objects. Raises Unavailable, RedisError."""
        async for listed in self._bucket.list(keys.DELETIONS):
            await self._delete_user(listed.key.removeprefix(keys.DELETIONS))
        async for listed in self._bucket.list(keys.REMOVALS):
            if keys.removal_due(listed.key) > time.time():
                break
            if (listed.key, listed.etag) not in self._aside:
                await self._remove(listed)
        young = datetime.now(UTC) - self._grace
        batch: list[Listed] = []
        async for listed in self._bucket.list(keys.PENDING):
            if listed.modified <= young and (listed.key, listed.etag) not in self._aside:
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
                end = await self._mend_one(listed, seen)
            except unreadable.MALFORMED as error:
                self._aside[listed.key, listed.etag] = True
                unreadable.note("pending", listed.key, error)
                continue
            if end is not None:
                ended.append(end)
        for end in await self._completion.complete(ended):
            self._note("completed", end.analysis_id)

    async def _mend_one(self, listed: Listed, seen: str) -> End | None:
        """Announce it, unless it has ended: then its end, where that is left to complete."""
        stored = await self._bucket.get(listed.key)
        if stored is None:
            return None  # it ended meanwhile
        intent = Intent.model_validate_json(stored.body)
        context.request_id.set(intent.request_id)  # what follows belongs to that request
        outcome = await self._bucket.get(keys.outcome(intent.user_id, intent.analysis_id))
        if outcome is None:
            if await self._analyses.announce(intent, seen):
                self._note("announced", intent.analysis_id)
            return None
        end = End(intent, outcomes.decode(outcome))
        if self._is_being_completed(end):
            return None  # twice at once, a webhook might be owed twice
        return end if await self._analyses.follow(end) else None

    def _is_being_completed(self, end: End) -> bool:
        """By whoever wrote its outcome, as long as that is no older than the grace time."""
        finished = datetime.fromisoformat(end.outcome.finished_at)
        return datetime.now(UTC) - finished < self._grace

    async def _delete_user(self, user_id: str) -> None:
        """Every object of a user whose account is gone, and once more when no request from before can
        still be under way; the marker goes last."""
        ids = [
            keys.analysis_id_in(listed.key)
            for prefix in (keys.pendings_of(user_id), keys.outcomes_of(user_id))
            async for listed in self._bucket.list(prefix)
        ]
        # Before the first of them goes: what lies under no prefix of the user's is found by their ids.
        deleted = Removal(user_id=user_id, analysis_ids=ids, whole_account=True)
        await removal.remove_in(self._bucket, removal.ONCE_MORE_S, deleted)
        await self._remove_all(user_id, ids)
        await self._bucket.delete([keys.deletion(user_id)])
        self._note("user_deleted", user_id)

    async def _remove(self, listed: Listed) -> None:
        """What is left, or came back, of an analysis or an account that was deleted."""
        stored = await self._bucket.get(listed.key)
        if stored is None:
            return  # another replica has
        try:
            deleted = Removal.model_validate_json(stored.body)
        except unreadable.MALFORMED as error:
            self._aside[listed.key, listed.etag] = True
            unreadable.note("removal", listed.key, error)
            return
        if deleted.whole_account:
            await self._remove_all(deleted.user_id, deleted.analysis_ids)
        else:
            for analysis_id in deleted.analysis_ids:
                await self._remove_one(deleted.user_id, analysis_id)
            for upload_id in deleted.upload_ids:
                await self._remove_upload(deleted.user_id, upload_id)
        await self._bucket.delete([listed.key])

    async def _remove_upload(self, user_id: str, upload_id: str) -> None:
        """A presigned one; analyses have copies of their own."""
        slots = self._bucket.list(keys.slots_for(user_id, upload_id))
        await self._bucket.delete(
            [keys.upload(user_id, upload_id), *[one.key async for one in slots]]
        )

    async def _remove_one(self, user_id: str, analysis_id: str) -> None:
        await removal.bury(self._bucket, user_id, analysis_id)
        try:
            await self._analyses.finish_deletion(user_id, analysis_id)
        except unreadable.MALFORMED as error:
            unreadable.note("deleted", analysis_id, error)
            await removal.remove(self._bucket, user_id, analysis_id)

    async def _remove_all(self, user_id: str, analysis_ids: list[str]) -> None:
        for prefix in keys.of_user(user_id):
            await self._bucket.delete([one.key async for one in self._bucket.list(prefix)])
        for key in (keys.dead_letter, keys.redrive):
            await self._bucket.delete([key(user_id, one) for one in analysis_ids])

    @staticmethod
    def _note(kind: str, subject: str) -> None:
        REPAIRS.labels(kind).inc()
        _log.info("sweeper_repair", kind=kind, subject=subject)
