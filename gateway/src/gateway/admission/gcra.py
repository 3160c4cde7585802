"""Counts what may happen so often and no oftener, in Redis for all replicas; without Redis in memory.

The generic cell rate algorithm (ITU-T I.371): of each thing counted one number is kept, the time at
which it will be at rest again. A count moves it on by an interval, and is refused when that leads
further ahead than the burst allows. So the rate has no window with an edge to wait for.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

FALLBACKS = Counter("rate_limit_fallbacks_total", "Counts made in memory, without Redis.")
AWAY_S = 5.0
IN_MEMORY_AT_MOST = 10_000
ROUNDED_US = 2  # what is lost where times become whole microseconds
_TAKE = """
local t = redis.call('TIME')
local now, wait, at = t[1] * 1000000 + t[2], 0, {}
for i, key in ipairs(KEYS) do
  at[i] = math.max(tonumber(redis.call('GET', key) or 0), now) + ARGV[2 * i - 1]
  wait = math.max(wait, at[i] - ARGV[2 * i] - now)
end
local answer = {math.ceil(wait)}
for i, key in ipairs(KEYS) do
  if wait > 0 then
    at[i] = at[i] - ARGV[2 * i - 1]
  else
    redis.call('SET', key, string.format('%.0f', at[i]), 'PX', math.ceil((at[i] - now) / 1000))
  end
  answer[i + 1] = math.ceil(at[i] - now)
end
return answer
"""
_GIVE_BACK = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
for i, key in ipairs(KEYS) do
  local at = tonumber(redis.call('GET', key) or 0) - ARGV[2 * i - 1]
  if at > now then
    redis.call('SET', key, string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000))
  else
    redis.call('DEL', key)
  end
end
"""


@dataclass(frozen=True)
class Rate:
    """`amount` in `per_s` seconds on the average, and `burst` of them at once."""

    amount: int
    per_s: int
    burst: int

    @property
    def step_us(self) -> float:
        return self.per_s * 1_000_000 / self.amount


@dataclass(frozen=True)
class Bucket:
    """Something that is counted, and as how many: what is more than the burst counts as all of it."""

    key: str
    rate: Rate
    units: int = 1

    @property
    def cost_us(self) -> float:
        return self.rate.step_us * min(self.units, self.rate.burst)

    @property
    def allowance_us(self) -> float:
        return self.rate.step_us * self.rate.burst


@dataclass(frozen=True)
class Level:
    """Of a bucket: how many more may come at once, and seconds until it is at rest."""

    left: int
    rest_s: int


@dataclass(frozen=True)
class Taken:
    """`wait_s`: 0 when it was counted in every bucket, else seconds until it can be, and it was
    counted in none."""

    wait_s: int
    levels: tuple[Level, ...]


class Buckets:
    """Redis that was found away is not asked for AWAY_S: each replica counts for itself rather than
    not at all, and no request waits."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._give_back = redis.register_script(_GIVE_BACK)
        self._away_until = float("-inf")
        self._own = InMemory()

    async def take(self, *buckets: Bucket) -> Taken:
        """Count in all of them, or in none."""
        answer = await self._asked(self._take, buckets)
        if answer is None:
            FALLBACKS.inc()
            answer = self._own.take(buckets)
        wait_us, *rests = answer
        return Taken(
            math.ceil(wait_us / 1_000_000),
            tuple(_level(one.rate, rest) for one, rest in zip(buckets, rests, strict=True)),
        )

    async def give_back(self, *buckets: Bucket) -> None:
        """Take back what was counted in each."""
        if await self._asked(self._give_back, buckets) is None:
            self._own.give_back(buckets)

    async def empty(self, bucket: Bucket) -> None:
        """As if nothing had been counted in it."""
        self._own.empty(bucket)
        if time.monotonic() < self._away_until:
            return
        try:
            await self._redis.delete(f"rate:{bucket.key}")
        except (RedisError, OSError):
            self._away_until = time.monotonic() + AWAY_S

    async def _asked(self, script: Any, buckets: Sequence[Bucket]) -> list[float] | None:
        """None where Redis is away."""
        if time.monotonic() < self._away_until:
            return None
        figures = [figure for one in buckets for figure in (one.cost_us, one.allowance_us)]
        try:
            return await script(keys=[f"rate:{one.key}" for one in buckets], args=figures) or []
        except (RedisError, OSError):
            self._away_until = time.monotonic() + AWAY_S
            return None


class InMemory:
    """The same in one process; of too many the one that was counted longest ago is forgotten."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, float] = OrderedDict()

    def take(self, buckets: Sequence[Bucket]) -> list[float]:
        now = time.monotonic() * 1_000_000
        rests = [max(self._at.get(one.key, 0), now) for one in buckets]
        wait = max(
            rest + one.cost_us - one.allowance_us - now
            for one, rest in zip(buckets, rests, strict=True)
        )
        if wait <= 0:
            rests = [rest + one.cost_us for one, rest in zip(buckets, rests, strict=True)]
            self._at |= {one.key: rest for one, rest in zip(buckets, rests, strict=True)}
            for one in buckets:
                self._at.move_to_end(one.key)
            while len(self._at) > IN_MEMORY_AT_MOST:
                self._at.popitem(last=False)
        return [max(0, wait), *(rest - now for rest in rests)]

    def give_back(self, buckets: Sequence[Bucket]) -> None:
        for one in buckets:
            if one.key in self._at:
                self._at[one.key] -= one.cost_us

    def empty(self, bucket: Bucket) -> None:
        self._at.pop(bucket.key, None)


def _level(rate: Rate, rest_us: float) -> Level:
    left = math.floor(rate.burst - (rest_us - ROUNDED_US) / rate.step_us)
    return Level(max(0, left), math.ceil(rest_us / 1_000_000))
