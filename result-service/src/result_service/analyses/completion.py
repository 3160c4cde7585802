"""What follows an outcome: the bill, the webhook, the removal of the pending object.

No client waits for it, so that all analyses that ended meanwhile are completed together: one settlement at
user-service, one deletion in the bucket. Every step is idempotent by analysis id and the pending object goes
last, so that the sweeper repeats whatever fails or is lost with this process.
"""

import asyncio
from collections.abc import Sequence

import structlog
from prometheus_client import Counter
from sightline_contracts.problems import Unavailable
from sightline_contracts.tasks import stopping

from result_service.accounts.user_service import Accounts
from result_service.deliveries.webhooks import Webhooks
from result_service.outcomes.outcome import End
from result_service.store import keys
from result_service.store.bucket import Bucket

MAX_SETTLED_TOGETHER = 100
"""Ends that user-service settles in one call."""
MAX_WAITING = 10_000
"""Ends that wait for their completion in this process."""
LEFT = Counter("completions_left_total", "Ends whose completion was left to the sweeper.")
_log = structlog.get_logger()


class Completion:
    """`pause_s` is the least time between two completions: the first end after a quiet time is completed
    at once, those that come in the pause are completed together after it."""

    def __init__(
        self,
        bucket: Bucket,
        accounts: Accounts,
        webhooks: Webhooks,
        pause_s: float,
        max_settled_together: int = MAX_SETTLED_TOGETHER,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._bucket = bucket
        self._accounts = accounts
        self._webhooks = webhooks
        self._pause_s = pause_s
        self._max_settled_together = max_settled_together
        self._max_waiting = max_waiting
        self._waiting: list[End] = []
        self._has_waiting = asyncio.Event()

    def later(self, end: End) -> None:
        """Complete it soon. With too many waiting it is left to the sweeper."""
        if len(self._waiting) == self._max_waiting:
            LEFT.inc()
            return
        self._waiting.append(end)
        self._has_waiting.set()

    async def run(self) -> None:
        """Complete ends as they come, until cancelled."""
        while not stopping():
            await self._has_waiting.wait()
            try:
                await self.flush()
            except Exception:  # noqa: BLE001
                # The loop must outlive a single bad object; the log keeps it visible.
                _log.exception("completion_failed")
            await asyncio.sleep(self._pause_s)

    async def flush(self) -> None:
        """Complete all that wait now."""
        ends, self._waiting = self._waiting, []
        self._has_waiting.clear()
        await self.complete(ends)

    async def complete(self, ends: Sequence[End]) -> list[End]:
        """Complete ends, and return those that are complete. The others stay pending, since user-service
        or the bucket is away."""
        completed: list[End] = []
        for start in range(0, len(ends), self._max_settled_together):
            completed += await self._complete(ends[start : start + self._max_settled_together])
        LEFT.inc(len(ends) - len(completed))
        return completed

    async def _complete(self, ends: Sequence[End]) -> list[End]:
        try:
            settled = await self._accounts.settle(ends)
            completed = [end for end in ends if end.analysis_id in settled]
            # Only after the settlement, so that one that takes several turns owes one delivery.
            await asyncio.gather(*map(self._webhooks.owe, completed))
            await self._bucket.delete(
                [keys.pending(end.user_id, end.analysis_id) for end in completed]
            )
        except Unavailable as error:
            _log.warning("completion_deferred", analyses=len(ends), reason=error.detail)
            return []
        return completed
