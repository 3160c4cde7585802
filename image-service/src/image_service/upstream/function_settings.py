"""What the function may use, as it is in force now: this worker's settings, and what an admin has
set over them, which result-service keeps."""

import asyncio
import contextlib
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sightline_contracts.tasks import stopping

from image_service.errors import SystemTrouble
from image_service.upstream.results import ResultService

LOOK_EVERY_S = 1.0
CHANGEABLE = frozenset(
    {"memory_mb", "timeout_s", "max_attempts", "max_event_age_s", "reserved_concurrency"}
)
_log = structlog.get_logger()


@dataclass(frozen=True)
class FunctionSettings:
    """`reserved_concurrency`: analyses under way at the most, in all workers together; 0 stops the
    function, None leaves it to the workers' number. `retry_delays`: seconds before each further
    attempt, the last one for all that follow. `max_event_age_s`: how long work may wait."""

    memory_mb: int
    timeout_s: float
    max_attempts: int
    max_event_age_s: float
    retry_delays: tuple[float, ...]
    reserved_concurrency: int | None = None

    def retry_after(self, attempts: int) -> float | None:
        """Seconds until a further attempt; None when these were all."""
        if attempts >= self.max_attempts:
            return None
        return self.retry_delays[min(attempts, len(self.retry_delays)) - 1]


class FunctionControl:
    """`now` changes within LOOK_EVERY_S of a change."""

    def __init__(self, results: ResultService, default: FunctionSettings) -> None:
        self._results = results
        self._default = default
        self.now = default

    async def run(self) -> None:
        """Follow until cancelled. While result-service is away the last known holds."""
        while not stopping():
            # Result-service away is said by whoever needs it for work.
            with contextlib.suppress(SystemTrouble):
                await self.follow()
            await asyncio.sleep(LOOK_EVERY_S)

    async def follow(self) -> None:
        """Once. Raises SystemTrouble."""
        known = _known(await self._results.function_changes())
        then = replace(self._default, **known)
        if then != self.now:
            _log.info("function_changed", **known)
            self.now = then


def _known(changes: dict[str, Any]) -> dict[str, Any]:
    """Those that this version has. A later one may have set more, or something else than a number."""
    return {
        name: value
        for name, value in changes.items()
        if name in CHANGEABLE and isinstance(value, int | float) and not isinstance(value, bool)
    }
