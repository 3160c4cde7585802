"""The Redis side: work is announced, ends are announced, and hints are read.

Redis is a hint, not the record. Everything here may be lost at any moment; the sweeper
publishes again what the bucket says is still to do.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sightline_contracts import events

SOURCE = "result-service"
DELAYED = "analysis.delayed"
MARKER_TTL_S = 7 * 86400
COMPLETED_KEPT_MS = 3_600_000

# One step, so that two sweepers never publish the same intent twice: the entry is added only
# while the marker is still the one that was seen.
_PUBLISH = """
local seen = redis.call('GET', KEYS[2])
if (seen or '') ~= ARGV[2] then return false end
local entry = redis.call('XADD', KEYS[1], '*', 'event', ARGV[1])
redis.call('SET', KEYS[2], entry, 'EX', ARGV[3])
return entry
"""


@dataclass(frozen=True)
class Running:
    """An attempt that is under way, as its worker says."""

    started_at: str
    attempt: int


class Stream:
    """Raises redis.exceptions.RedisError on trouble, which the caller decides about."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._publish = client.register_script(_PUBLISH)

    async def request(self, data: dict[str, Any], seen: str = "") -> bool:
        """Publish `analysis.requested` unless the marker has changed from `seen` meanwhile."""
        analysis_id = data["analysis_id"]
        event = events.dump(events.REQUESTED, SOURCE, analysis_id, data)
        keys = [events.REQUESTED, f"queued:{analysis_id}"]
        return bool(await self._publish(keys=keys, args=[event, seen, MARKER_TTL_S]))

    async def complete(self, data: dict[str, Any], now_ms: int) -> None:
        """Publish `analysis.completed`, a hint kept for an hour, and drop the markers."""
        analysis_id = data["analysis_id"]
        event = events.dump(events.COMPLETED, SOURCE, analysis_id, data)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.xadd(events.COMPLETED, {events.FIELD: event})
            pipe.xtrim(events.COMPLETED, minid=now_ms - COMPLETED_KEPT_MS, approximate=True)
            pipe.delete(f"queued:{analysis_id}", f"running:{analysis_id}")
            await pipe.execute()

    async def running(self, analysis_ids: Sequence[str]) -> dict[str, Running]:
        """Which of these are running. Empty when Redis does not answer: then all are queued."""
        if not analysis_ids:
            return {}
        try:
            hints = await self._redis.mget([f"running:{one}" for one in analysis_ids])
        except RedisError:
            return {}
        found = {
            one: json.loads(hint)
            for one, hint in zip(analysis_ids, hints, strict=True)
            if hint is not None
        }
        return {one: Running(hint["started_at"], hint["attempt"]) for one, hint in found.items()}

    async def lost(self, analysis_ids: Sequence[str]) -> dict[str, str]:
        """Those whose work nobody holds, with the marker that was seen ("" for none).

        Held means: the marker's entry is still in the stream, or a retry is scheduled.
        """
        markers = await self._redis.mget([f"queued:{one}" for one in analysis_ids])
        async with self._redis.pipeline(transaction=False) as pipe:
            for one, marker in zip(analysis_ids, markers, strict=True):
                entry = marker or "0-1"
                pipe.xrange(events.REQUESTED, entry, entry, count=1)
                pipe.zscore(DELAYED, one)
            answers = await pipe.execute()
        return {
            one: str(marker or "")
            for position, (one, marker) in enumerate(zip(analysis_ids, markers, strict=True))
            if not answers[2 * position] and answers[2 * position + 1] is None
        }

    async def check(self) -> None:
        await self._redis.ping()

    async def close(self) -> None:
        await self._redis.aclose()


def connect(url: str) -> Stream:
    """A client with short timeouts and no retries: a lost hint is mended by the sweeper."""
    return Stream(
        Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=2,
            socket_connect_timeout=1,
            retry=Retry(NoBackoff(), 0),
        )
    )
