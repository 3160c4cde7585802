"""What follows an outcome that is written and told: the bill, the webhook, the end of being pending.

Nobody waits for it, so it is done for all that have ended within a moment at once: one settlement at
user-service, one deletion in the bucket. Every step is idempotent by analysis id and the pending
object goes last, so that whatever is lost with this process, or fails, is the sweeper's to repeat.
"""

import asyncio
from collections.abc import Sequence

import structlog
from prometheus_client import Counter
from sightline_contracts.problems import Unavailable
from sightline_contracts.tasks import stopping

from result_service import keys, webhooks
from result_service.accounts import Accounts
from result_service.bucket import Bucket
from result_service.outcomes import End

AT_ONCE = 100
"""What user-service settles in one call."""
WAITING_AT_MOST = 10_000
LEFT = Counter("completions_left_total", "Ends whose completion was left to the sweeper.")
_log = structlog.get_logger()


class Completion:
    """`linger_s`: how long an end waits for others to be completed with."""

    def __init__(self, bucket: Bucket, accounts: Accounts, linger_s: float) -> None:
        self._bucket = bucket
        self._accounts = accounts
        self._linger_s = linger_s
        self._ends: list[End] = []
        self._some = asyncio.Event()

    def later(self, end: End) -> None:
        """Complete it soon. With too many waiting it is left to the sweeper."""
        if len(self._ends) == WAITING_AT_MOST:
            LEFT.inc()
            return
        self._ends.append(end)
        self._some.set()

    async def run(self) -> None:
        """Complete what comes until cancelled."""
        while not stopping():
            await self._some.wait()
            await asyncio.sleep(self._linger_s)
            try:
                await self.flush()
            except Exception:  # noqa: BLE001
                # The loop must outlive a single bad object; the log keeps it visible.
                _log.exception("completion_failed")

    async def flush(self) -> None:
        """Complete all that waits now."""
        ends, self._ends = self._ends, []
        self._some.clear()
        await self.complete(ends)

    async def complete(self, ends: Sequence[End]) -> list[End]:
        """Those that are complete now. The others stay pending: user-service or the bucket is away."""
        done: list[End] = []
        for start in range(0, len(ends), AT_ONCE):
            done += await self._complete(ends[start : start + AT_ONCE])
        LEFT.inc(len(ends) - len(done))
        return done

    async def _complete(self, ends: Sequence[End]) -> list[End]:
        try:
            settled = await self._accounts.settle(ends)
            done = [one for one in ends if one.analysis_id in settled]
            # Not before, so that a settlement that takes several turns owes one delivery.
            await asyncio.gather(
                *(webhooks.owe(self._bucket, one.intent, one.outcome) for one in done)
            )
            await self._bucket.delete([keys.pending(one.user_id, one.analysis_id) for one in done])
        except Unavailable as error:
            _log.warning("completion_deferred", analyses=len(ends), reason=error.detail)
            return []
        return done
