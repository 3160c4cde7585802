"""Requests a minute per caller, counted in Redis across replicas; without Redis in memory."""

import math
import time

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import Counter
from redis.exceptions import RedisError

from gateway.errors import RateLimited

FALLBACKS = Counter("rate_limit_fallbacks_total", "Requests counted in memory, without Redis.")
_log = structlog.get_logger()


class Limiter:
    """Raises RateLimited with Retry-After."""

    def __init__(self, redis_url: str, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        shared = RedisStorage(
            f"async+{redis_url}", implementation="redispy", socket_timeout=1,
            socket_connect_timeout=1,
        )  # fmt: skip
        self._shared = SlidingWindowCounterRateLimiter(shared)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def hit(self, caller: str) -> None:
        """Count one request of `caller`."""
        strategy = self._shared
        try:
            within = await strategy.hit(self._item, caller)
        except (RedisError, OSError):
            # The limit is kept per replica rather than given up.
            FALLBACKS.inc()
            strategy = self._own
            within = await strategy.hit(self._item, caller)
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
