"""Announces work and ends in Redis, and reads the hints there.

Redis holds hints, not the record. All of them may be lost at any moment; the sweeper publishes again what
the bucket says is still to do.
"""

import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout
from sightline_contracts import events, ids, redis_client, work_queue
from sightline_contracts.queue_state import QueueState

from result_service.models.analyses import Retry

SOURCE = "result-service"
COMPLETED_KEPT_MS = 3_600_000
SYSTEM_TROUBLE = "system-trouble"
SUBSCRIBE_S = 2.0

# In one step, so that two sweepers never publish the same intent twice: the entry is added only while
# the marker is still the one that was seen.
_PUBLISH = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[3] then return 0 end
add(ARGV[1], ARGV[2])
return 1
"""


@dataclass(frozen=True)
class Running:
    """An attempt that is under way, according to its worker."""

    started_at: str
    attempt: int


class Stream:
    """Every method that names no other answer raises redis.exceptions.RedisError on trouble."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self.state = QueueState(client)
        self._publish = {
            queue: client.register_script(queue.add + _PUBLISH) for queue in work_queue.QUEUES
        }

    async def request(self, data: dict[str, Any], seen: str = "") -> bool:
        """Publish `analysis.requested` in the queue of its operations, unless the marker differs from
        `seen`. Returns whether it was published."""
        analysis_id = data["analysis_id"]
        event = events.dump(events.REQUESTED, SOURCE, analysis_id, data)
        keys, arguments = [f"queued:{analysis_id}"], [analysis_id, event, seen]
        publish = self._publish[work_queue.of(data["input"]["operations"])]
        return bool(await publish(keys=keys, args=arguments))

    async def waits_since(self, user_id: str, operations: Sequence[str]) -> float | None:
        """Seconds for which the first analysis in the user's line for such work has waited. None without
        a line, and when Redis does not answer, since nothing then speaks against taking more."""
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.lindex(work_queue.of(operations).line(user_id), 0)
                pipe.time()
                first, (seconds, microseconds) = await pipe.execute()
        except RedisError:
            return None
        if first is None:
            return None
        since_s = float(first.partition(" ")[0]) / 1000
        return max(0.0, float(seconds + microseconds / 1e6) - since_s)

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
        """Those of the analyses that are running. Empty when Redis does not answer: all then count as
        queued."""
        if not analysis_ids:
            return {}
        try:
            values = await self._redis.mget(
                [f"running:{analysis_id}" for analysis_id in analysis_ids]
            )
        except RedisError:
            return {}
        hints = {
            analysis_id: json.loads(value)
            for analysis_id, value in zip(analysis_ids, values, strict=True)
            if value is not None
        }
        return {
            analysis_id: Running(hint["started_at"], hint["attempt"])
            for analysis_id, hint in hints.items()
        }

    async def retries(self, analysis_ids: Sequence[str]) -> dict[str, Retry]:
        """The further attempts that workers have scheduled for these analyses. Empty when Redis does not
        answer."""
        if not analysis_ids:
            return {}
        retries: dict[str, Retry] = {}
        try:
            for queue in work_queue.QUEUES:
                async with self._redis.pipeline(transaction=False) as pipe:
                    pipe.zmscore(queue.delayed, list(analysis_ids))
                    pipe.hmget(f"{queue.delayed}.events", list(analysis_ids))
                    due_times, scheduled = await pipe.execute()
                for analysis_id, due_ms, event in zip(
                    analysis_ids, due_times, scheduled, strict=True
                ):
                    if due_ms is not None and event is not None:
                        retries[analysis_id] = _retry(float(due_ms), event)
        except RedisError:
            return {}
        return retries

    async def lost(self, analysis_ids: Sequence[str]) -> dict[str, str]:
        """The analyses that no queue holds, with the marker that was seen ("" for none).

        A queue holds an analysis while the marker's entry is in the stream, while the analysis is in
        its user's line, or while a retry is scheduled.
        """
        values = await self._redis.mget([f"queued:{analysis_id}" for analysis_id in analysis_ids])
        markers = {
            analysis_id: str(marker or "")
            for analysis_id, marker in zip(analysis_ids, values, strict=True)
        }
        for queue in work_queue.QUEUES:
            for analysis_id in await self._held(queue, markers):
                del markers[analysis_id]
        return markers

    async def _held(self, queue: work_queue.Queue, markers: dict[str, str]) -> list[str]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for analysis_id, marker in markers.items():
                entry = marker or work_queue.IN_LINE
                pipe.xrange(queue.stream, entry, entry, count=1)
                pipe.hexists(queue.lined_up, analysis_id)
                pipe.zscore(queue.delayed, analysis_id)
            answers = await pipe.execute()
        places = zip(markers, answers[::3], answers[1::3], answers[2::3], strict=True)
        return [
            analysis_id
            for analysis_id, entries, in_line, due in places
            # An entry of another analysis, in the other stream, may have the same id.
            if in_line
            or due is not None
            or any(analysis_id in fields.get(events.FIELD, "") for _, fields in entries)
        ]

    async def tell(self, channel: str, message: str) -> None:
        """Tell all who listen on a channel at this moment."""
        await self._redis.publish(channel, message)

    @contextlib.asynccontextmanager
    async def listening(self, *channels: str) -> AsyncIterator[PubSub]:
        """What is told on these channels, from the moment on when Redis has said so for each."""
        async with self._redis.pubsub() as listener:
            await listener.subscribe(*channels)
            for _ in channels:
                if await listener.get_message(timeout=SUBSCRIBE_S) is None:
                    raise RedisTimeout("Redis does not answer.")
            yield listener

    async def check(self) -> None:
        await self._redis.ping()

    async def close(self) -> None:
        await self._redis.aclose()


def _retry(due_ms: float, event: str) -> Retry:
    """The retry in an event, which another version may have written: missing parts are left out."""
    try:
        attempts = json.loads(event)["data"].get("attempts") or []
        reason = str(attempts[-1]["outcome"]) if attempts else SYSTEM_TROUBLE
    except (ValueError, LookupError, TypeError, AttributeError):
        attempts, reason = [], SYSTEM_TROUBLE
    due = datetime.fromtimestamp(due_ms / 1000, UTC)
    return Retry(attempt=len(attempts) + 1, reason=reason, due_at=ids.rfc3339(due))


def connect(url: str) -> Stream:
    """A client with short timeouts and no retries, since the sweeper mends a lost hint."""
    return Stream(redis_client.connect(url, socket_timeout=2, decode_responses=True))
