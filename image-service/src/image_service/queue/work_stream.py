"""A work stream in Redis: read, lease, acknowledge, delay. Redis 7.0 commands only."""

import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, cast

import structlog
from redis.exceptions import ResponseError
from sightline_contracts import events, redis_client, work_queue
from sightline_contracts.queue_state import QueueState
from sightline_contracts.work_queue import GROUP

from image_service.queue import stream_scripts
from image_service.queue.deliveries import Delivery, Entries
from image_service.queue.message import Message

BLOCK_MS = 1000
BEGINNING = "0-0"
PROMOTED_AT_ONCE = 100
DEAD_LETTERS = "analysis.dead-letters"
"""Messages of all queues that no service can read as an event; the newest are kept."""
BURIED_AT_MOST, BURIED_CHARACTERS = 1000, 20_000
SOURCE = "image-service"
_log = structlog.get_logger()


class WorkStream:
    """Methods raise redis.exceptions.RedisError where Redis does not answer. `consumer` must be a name
    that no other process has. An entry stays for `lease_s` seconds with a consumer that has fallen
    silent."""

    def __init__(self, url: str, consumer: str, lease_s: float, queue: work_queue.Queue) -> None:
        # Bytes that are not text become an event outside the contract, so that they do not stop the loop.
        text: Any = {"decode_responses": True, "encoding_errors": "replace"}
        self._redis = redis_client.connect(url, socket_timeout=2, **text)
        # Blocking reads have their own client, whose timeout is above the block time.
        self._reader = redis_client.connect(url, socket_timeout=BLOCK_MS / 1000 + 2, **text)
        self._last_hint = ""
        self.queue = queue
        self._stream, self._delayed = queue.stream, queue.delayed
        self._delayed_events = f"{queue.delayed}.events"
        self.consumer = consumer
        self._lease_ms = int(lease_s * 1000)
        self._promote = self._redis.register_script(queue.add + stream_scripts.PROMOTE)
        self._read_within = self._redis.register_script(stream_scripts.READ_WITHIN)
        self._fill = self._redis.register_script(queue.fill)
        self.state = QueueState(self._redis)

    async def read(self, count: int) -> Entries:
        """Up to `count` new entries, waiting a second for the first."""
        await self._fill()
        async with self._group():
            found: Any = await self._reader.xreadgroup(
                GROUP, self.consumer, {self._stream: ">"}, count=count, block=BLOCK_MS
            )
            return _complete(found[0][1]) if found else []
        return []

    async def read_within(self, count: int, reserved: int) -> Entries:
        """Up to `count` new entries, while all workers and queues together have at most `reserved` under
        way. Does not wait."""
        await self._fill()
        async with self._group():
            arguments: list[str | int] = [GROUP, self.consumer, count, reserved]
            others = [queue.stream for queue in work_queue.QUEUES if queue != self.queue]
            found: Any = await self._read_within(keys=[self._stream, *others], args=arguments)
            pairs = [(entry, iter(fields)) for entry, fields in found]
            return _complete([(entry, dict(zip(both, both, strict=True))) for entry, both in pairs])
        return []

    async def canceled(self) -> list[str]:
        """Analyses canceled since the last call, waiting a second for the first. These are hints: where
        one is lost, the attempt runs to its end and its outcome is discarded."""
        self._last_hint = self._last_hint or f"{int(time.time() * 1000)}-0"
        found: Any = await self._reader.xread({events.COMPLETED: self._last_hint}, block=BLOCK_MS)
        canceled = []
        for _, entries in found or ():
            for entry, fields in entries:
                self._last_hint = entry
                try:
                    data = events.load(fields.get(events.FIELD, ""), events.COMPLETED)["data"]
                except events.InvalidEvent as error:
                    _log.warning("hint_outside_contract", entry=entry, reason=str(error))
                    continue
                if data["status"] == "canceled":
                    canceled.append(str(data["analysis_id"]))
        return canceled

    async def take_over(self, count: int) -> Entries:
        """Up to `count` entries whose consumer has been silent for longer than the lease. Redis counts
        deliveries: a claim is one, a lease that is renewed is none."""
        found: Entries = []
        cursor = BEGINNING
        async with self._group():
            while len(found) < count:
                # One call looks at ten times `count` pending entries, not at all of them.
                answer: Any = await self._redis.xautoclaim(
                    self._stream,
                    GROUP,
                    self.consumer,
                    self._lease_ms,
                    cursor,
                    count=count - len(found),
                )
                cursor = answer[0]
                found += _complete(answer[1])
                if cursor == BEGINNING:
                    break
            return await self._with_losses(found)
        return []

    async def _with_losses(self, taken: Entries) -> Entries:
        async with self._redis.pipeline(transaction=False) as pipe:
            for entry, *_ in taken:
                pipe.xpending_range(self._stream, GROUP, entry, entry, 1)
            answers = await pipe.execute()
        return [
            Delivery(entry, fields, pending[0]["times_delivered"] - 1 if pending else 0)
            for (entry, fields, _), pending in zip(taken, answers, strict=True)
        ]

    async def start(self, message: Message, started_at: str) -> bool:
        """Publish that an attempt is under way. Returns whether the message is the last that was
        announced: the analysis has not ended then, since its end deletes that marker."""
        hint = json.dumps({"started_at": started_at, "attempt": len(message.attempts) + 1})
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.get(f"queued:{message.analysis_id}")
            pipe.set(f"running:{message.analysis_id}", hint, px=self._lease_ms)
            announced, _ = await pipe.execute()
        return bool(announced == message.entry)

    async def beat(self, messages: Sequence[Message]) -> None:
        """Renew the leases of messages under way."""
        if not messages:
            return
        async with self._group(), self._redis.pipeline(transaction=False) as pipe:
            entries: Any = [message.entry for message in messages]
            pipe.xclaim(self._stream, GROUP, self.consumer, 0, entries, justid=True)
            for message in messages:
                pipe.pexpire(f"running:{message.analysis_id}", self._lease_ms)
            await pipe.execute()

    async def acknowledge(self, entry: str, analysis_id: str | None = None) -> None:
        """Acknowledge and delete in one step."""
        async with self._redis.pipeline(transaction=True) as pipe:
            self._finish(pipe, entry, analysis_id)
            await pipe.execute()

    async def bury(self, entry: str, fields: dict[str, str], reason: str) -> None:
        """Move the message to the dead letters and acknowledge it, in one step."""
        letter = {
            "stream": self._stream,
            "entry": entry,
            "reason": reason,
            "consumer": self.consumer,
            "fields": json.dumps(fields)[:BURIED_CHARACTERS],
        }
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.xadd(DEAD_LETTERS, cast("Any", letter), maxlen=BURIED_AT_MOST)
            self._finish(pipe, entry, None)
            await pipe.execute()

    async def buried(self) -> list[dict[str, str]]:
        """Messages outside their contract, oldest first."""
        found: Any = await self._redis.xrange(DEAD_LETTERS)
        return [fields for _, fields in found]

    async def delay(self, message: Message, after_s: float) -> None:
        """Schedule the message for later and acknowledge it, in one step."""
        message.enter_context()
        event = events.dump(events.REQUESTED, SOURCE, message.analysis_id, message.data)
        due_ms = int((time.time() + after_s) * 1000)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zadd(self._delayed, {message.analysis_id: due_ms})
            pipe.hset(self._delayed_events, message.analysis_id, event)
            self._finish(pipe, message.entry, message.analysis_id)
            await pipe.execute()

    async def promote(self) -> int:
        """Put due messages back into the queue; returns their number."""
        arguments = [int(time.time() * 1000), PROMOTED_AT_ONCE]
        return int(await self._promote(keys=[self._delayed, self._delayed_events], args=arguments))

    async def forget_the_dead(self) -> None:
        """Delete consumers that hold nothing and have been silent for ten leases."""
        async with self._group():
            for consumer in await self._redis.xinfo_consumers(self._stream, GROUP):
                if consumer["pending"] == 0 and consumer["idle"] > 10 * self._lease_ms:
                    await self._redis.xgroup_delconsumer(self._stream, GROUP, consumer["name"])

    async def leave(self) -> None:
        """Delete this consumer if it holds no message; otherwise another worker takes those over."""
        held: Any = await self._redis.xpending_range(
            self._stream, GROUP, "-", "+", 1, consumername=self.consumer
        )
        await self.state.forget_worker(self.consumer)
        if not held:
            await self._redis.xgroup_delconsumer(self._stream, GROUP, self.consumer)

    async def check(self) -> None:
        await self._redis.ping()

    async def close(self) -> None:
        await self._reader.aclose()
        await self._redis.aclose()

    def _finish(self, pipe: Any, entry: str, analysis_id: str | None) -> None:
        pipe.xack(self._stream, GROUP, entry)
        pipe.xdel(self._stream, entry)
        if analysis_id is not None:
            pipe.delete(f"running:{analysis_id}")

    @contextlib.asynccontextmanager
    async def _group(self) -> AsyncIterator[None]:
        """Make the group where it is missing, as after FLUSHALL; the caller's next attempt finds it."""
        try:
            yield
        except ResponseError as error:
            if "NOGROUP" not in str(error) and "no such key" not in str(error):
                raise
            await self.make_group()

    async def make_group(self) -> None:
        """Make the group at the beginning of the stream, so that it misses no earlier entry."""
        try:
            await self._redis.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise


def _complete(entries: list[tuple[str, dict[str, str]]]) -> Entries:
    """Without the entries that were deleted while they were pending."""
    return [Delivery(entry, fields) for entry, fields in entries if fields]
