"""The function's settings in force: this worker's own, overridden by those that an admin has changed,
which result-service keeps."""

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
        """Follows changes until cancelled. While result-service is away, the last settings stay in force."""
        while not stopping():
            # The loops that need result-service for work log that it is away.
            with contextlib.suppress(SystemTrouble):
                await self.follow()
            await asyncio.sleep(LOOK_EVERY_S)

    async def follow(self) -> None:
        """Reads the changes once. Raises SystemTrouble."""
        changes = _known_changes(await self._results.function_changes())
        then = replace(self._default, **changes)
        if then != self.now:
            _log.info("function_changed", **changes)
            self.now = then


def _known_changes(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes that this version knows. A later one may have set others, or values that are no numbers."""
    return {
        name: value
        for name, value in changes.items()
        if name in CHANGEABLE and isinstance(value, int | float) and not isinstance(value, bool)
    }
