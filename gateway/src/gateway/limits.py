"""Requests a minute per caller, counted in Redis across replicas; without Redis in memory."""

import math
import time
from typing import Any

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.errors import RateLimited

FALLBACKS = Counter("rate_limit_fallbacks_total", "Requests counted in memory, without Redis.")
AWAY_S = 5.0


class Limiter:
    """Raises RateLimited with Retry-After."""

    def __init__(self, redis: Redis, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        pool: Any = redis.connection_pool  # the library's types know a pool of another client
        shared = RedisStorage("redis://", implementation="redispy", connection_pool=pool)
        self._shared = SlidingWindowCounterRateLimiter(shared)
        self._away_until = float("-inf")
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def hit(self, caller: str) -> None:
        """Count one request of `caller`."""
        strategy = self._own if time.monotonic() < self._away_until else self._shared
        try:
            within = await strategy.hit(self._item, caller)
        except (RedisError, OSError):
            # The limit is kept per replica rather than given up, and no request waits for a
            # Redis that has just been found away.
            self._away_until = time.monotonic() + AWAY_S
            strategy = self._own
            within = await strategy.hit(self._item, caller)
        if strategy is self._own:
            FALLBACKS.inc()
        if not within:
            await self._refuse(strategy, caller)

    async def _refuse(self, strategy: SlidingWindowCounterRateLimiter, caller: str) -> None:
        try:
            stats = await strategy.get_window_stats(self._item, caller)
            wait = max(1, math.ceil(stats.reset_time - time.time()))
        except (RedisError, OSError):
            wait = 1
        problem = RateLimited(f"At most {self._item.amount} requests a minute.")
        problem.headers["Retry-After"] = str(wait)
        raise problem
