"""Background loops that never end silently: each is watched, and started again when it fails.

A loop runs until it is cancelled; one that returns or raises has failed. What a loop expects, such as
a store that is away, it waits out by itself: only what nobody foresaw comes here.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from prometheus_client import Counter

from sightline_contracts.health import Unfit
from sightline_contracts.tasks import stop, stopping

FIRST_S, AT_MOST_S = 0.1, 30.0
"""The pause before a loop starts again doubles with each failure, within these bounds."""
HEALTHY_S = 60.0
"""A loop that has run for so long is well again, twice the longest pause: a shorter spell might be
the way to the next failure, and would let a loop that fails each minute look well."""
FAILURES_AT_MOST = 5
"""In a row, without a healthy spell between them. Then chance is no explanation any more: with the
doubled pauses it has been started anew four times, over more than a second. The service says that it
is not ready, so that whoever runs it looks or replaces it. It is started again all the same, at the
longest pause: what ails it may lie outside, and end."""
RESTARTS = Counter("loop_failures_total", "Failures of background loops.", ["loop"])
_log = structlog.get_logger()
Run = Callable[[], Awaitable[None]]


class Loop:
    """One loop in its task. Made by a Supervisor."""

    def __init__(self, name: str, run: Run) -> None:
        self._name = name
        RESTARTS.labels(name)  # at zero, else the first failure is no increase to who watches
        self._run = run
        self._failures = 0
        self._started_at: float | None = None
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Cancel it, and wait for its end."""
        await stop(self._task)

    @property
    def failures(self) -> int:
        """In a row: none when it has been running for HEALTHY_S."""
        started = self._started_at
        if started is not None and time.monotonic() - started >= HEALTHY_S:
            self._failures = 0
        return self._failures

    async def _watch(self) -> None:
        while not stopping():
            self._started_at = time.monotonic()
            try:
                await self._run()
                error = "returned"
            except Exception as raised:  # noqa: BLE001  # whatever ends a loop is to be seen
                error = type(raised).__name__
                if not stopping():
                    _log.exception("loop_failed", loop=self._name)
            if stopping():
                return
            self._failures = self.failures + 1
            self._started_at = None
            RESTARTS.labels(self._name).inc()
            pause_s = self._pause_s()
            _log.error("loop_restarts", loop=self._name, error=error, after_s=pause_s)
            await asyncio.sleep(pause_s)

    def _pause_s(self) -> float:
        if self._failures >= FAILURES_AT_MOST:
            return AT_MOST_S
        return float(min(AT_MOST_S, FIRST_S * 2 ** (self._failures - 1)))


class Supervisor:
    """The loops of one process."""

    def __init__(self) -> None:
        self._loops: dict[str, Loop] = {}

    def start(self, name: str, run: Run) -> Loop:
        """Run it until it is stopped. `name` is its name in logs, metrics and `/readyz`."""
        self._loops[name] = loop = Loop(name, run)
        return loop

    async def check(self) -> str | None:
        """Which loops failed lately. Raises Unfit when one fails again and again."""
        failing = {name: loop.failures for name, loop in self._loops.items() if loop.failures}
        if not failing:
            return None
        said = "; ".join(
            f"{name} failed {count} times in a row" if count > 1 else f"{name} failed and restarts"
            for name, count in failing.items()
        )
        if max(failing.values()) >= FAILURES_AT_MOST:
            raise Unfit(said)
        return said
