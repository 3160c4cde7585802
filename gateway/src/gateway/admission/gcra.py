"""Rates, counted in Redis for all replicas; in memory while Redis is away.

The generic cell rate algorithm (ITU-T I.371) keeps one number for each bucket: the time at which it
will be at rest again. A count moves that time on by an interval, and is refused when the time would
lie further ahead than the burst allows. So no window has an edge to wait for.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass

from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sightline_contracts import tracing

from gateway.admission.batching import Batching

FALLBACKS = Counter("rate_limit_fallbacks_total", "Counts made in memory, without Redis.")
AWAY_S = 5.0
IN_MEMORY_AT_MOST = 10_000
ROUNDED_US = 2  # what is lost where times become whole microseconds
TOGETHER_AT_MOST = 64
"""Counts in one call of Redis, which does nothing else meanwhile."""
_TAKE = """
local t = redis.call('TIME')
local now, answers, first, arg = t[1] * 1000000 + t[2], {}, 0, 1
while arg <= #ARGV do
  local count, wait, at, answer = tonumber(ARGV[arg]), 0, {}, {}
  for i = 1, count do
    local rest = tonumber(redis.call('GET', KEYS[first + i]) or 0)
    at[i] = math.max(rest, now) + ARGV[arg + 2 * i - 1]
    wait = math.max(wait, at[i] - ARGV[arg + 2 * i] - now)
  end
  answer[1] = math.ceil(wait)
  for i = 1, count do
    local key, left_ms = KEYS[first + i], math.ceil((at[i] - now) / 1000)
    if wait > 0 then
      at[i] = at[i] - ARGV[arg + 2 * i - 1]
    else
      redis.call('SET', key, string.format('%.0f', at[i]), 'PX', left_ms)
    end
    answer[i + 1] = math.ceil(at[i] - now)
  end
  answers[#answers + 1] = answer
  first, arg = first + count, arg + 2 * count + 1
end
return answers
"""
"""Counts one after the other, each in all of its buckets or in none. KEYS: the buckets of all; ARGV, of each count:
how many buckets, then cost and allowance of each in microseconds. Answers of each how long to wait, and until when each
bucket rests."""
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
    """A key that is counted, as `units`; more units than the burst count as the whole burst."""

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
    """`left`: how many more units a bucket takes at once; `rest_s`: seconds until it is at rest."""

    left: int
    rest_s: int


@dataclass(frozen=True)
class Taken:
    """`wait_s`: 0 when every bucket counted; else none did, and so many seconds have to pass."""

    wait_s: int
    levels: tuple[Level, ...]


class RateCounter:
    """While Redis is away each replica counts for itself. After a failure Redis is not asked again for
    AWAY_S, so that no request waits for it."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(_TAKE)
        self._taking = Batching(self._take_together, TOGETHER_AT_MOST)
        self._give_back = redis.register_script(_GIVE_BACK)
        self._away_until = float("-inf")
        self._own = InMemory()

    async def take(self, *buckets: Bucket) -> Taken:
        """Count in every bucket, or in none."""
        answer = await self._asked(self._taking.answer(buckets))
        if answer is None:
            FALLBACKS.inc()
            answer = self._own.take(buckets)
        wait_us, *rests = answer
        return Taken(
            math.ceil(wait_us / 1_000_000),
            tuple(_level(bucket.rate, rest) for bucket, rest in zip(buckets, rests, strict=True)),
        )

    async def give_back(self, *buckets: Bucket) -> None:
        """Take back one count of each bucket."""
        if await self._asked(self._given_back(buckets)) is None:
            self._own.give_back(buckets)

    async def empty(self, bucket: Bucket) -> None:
        """Forget what a bucket has counted."""
        self._own.empty(bucket)
        if time.monotonic() < self._away_until:
            return
        try:
            await self._redis.delete(f"rate:{bucket.key}")
        except (RedisError, OSError):
            self._away_until = time.monotonic() + AWAY_S

    async def _asked(self, counting: Coroutine[None, None, list[float]]) -> list[float] | None:
        """None while Redis is away."""
        if time.monotonic() < self._away_until:
            counting.close()
            return None
        try:
            with tracing.step("redis rate", "client", {"db.system.name": "redis"}):
                return await counting
        except (RedisError, OSError):
            self._away_until = time.monotonic() + AWAY_S
            return None

    async def _take_together(self, counts: Sequence[Sequence[Bucket]]) -> list[list[float]]:
        keys = [f"rate:{bucket.key}" for buckets in counts for bucket in buckets]
        figures: list[float] = []
        for buckets in counts:
            figures += [len(buckets), *_figures(buckets)]
        answers: list[list[float]] = await self._take(keys=keys, args=figures)
        return answers

    async def _given_back(self, buckets: Sequence[Bucket]) -> list[float]:
        keys = [f"rate:{bucket.key}" for bucket in buckets]
        await self._give_back(keys=keys, args=_figures(buckets))
        return []


class InMemory:
    """The same counts in one process; of too many buckets the least recently counted one goes."""

    def __init__(self) -> None:
        self._at: OrderedDict[str, float] = OrderedDict()

    def take(self, buckets: Sequence[Bucket]) -> list[float]:
        now = time.monotonic() * 1_000_000
        rests = [max(self._at.get(bucket.key, 0), now) for bucket in buckets]
        wait = max(
            rest + bucket.cost_us - bucket.allowance_us - now
            for bucket, rest in zip(buckets, rests, strict=True)
        )
        if wait <= 0:
            rests = [rest + bucket.cost_us for bucket, rest in zip(buckets, rests, strict=True)]
            self._at |= {bucket.key: rest for bucket, rest in zip(buckets, rests, strict=True)}
            for bucket in buckets:
                self._at.move_to_end(bucket.key)
            while len(self._at) > IN_MEMORY_AT_MOST:
                self._at.popitem(last=False)
        return [max(0, wait), *(rest - now for rest in rests)]

    def give_back(self, buckets: Sequence[Bucket]) -> None:
        for bucket in buckets:
            if bucket.key in self._at:
                self._at[bucket.key] -= bucket.cost_us

    def empty(self, bucket: Bucket) -> None:
        self._at.pop(bucket.key, None)


def _figures(buckets: Sequence[Bucket]) -> list[float]:
    return [figure for bucket in buckets for figure in (bucket.cost_us, bucket.allowance_us)]


def _level(rate: Rate, rest_us: float) -> Level:
    left = math.floor(rate.burst - (rest_us - ROUNDED_US) / rate.step_us)
    return Level(max(0, left), math.ceil(rest_us / 1_000_000))
