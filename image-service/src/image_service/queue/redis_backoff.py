"""Waits for a Redis that does not answer, ever longer, and logs once when it leaves and returns."""

import asyncio
import random

import structlog

FIRST_S, AT_MOST_S = 0.5, 4.0
_log = structlog.get_logger()


class RedisBackoff:
    """The back-off of one loop; `loop` is its name in the log."""

    def __init__(self, loop: str) -> None:
        self._loop = loop
        self._failures = 0

    async def wait(self, error: Exception) -> None:
        """Follows a failure: exponential back-off with jitter, so that workers do not return all at
        once."""
        if self._failures == 0:
            _log.warning("redis_away", loop=self._loop, error=type(error).__name__)
        ceiling = min(AT_MOST_S, FIRST_S * 2**self._failures)
        self._failures += 1
        await asyncio.sleep(random.uniform(ceiling / 2, ceiling))  # noqa: S311

    def reset(self) -> None:
        """Follows a success."""
        if self._failures:
            _log.info("redis_back", loop=self._loop, failures=self._failures)
        self._failures = 0
