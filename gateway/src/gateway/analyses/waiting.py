"""Wakes whoever waits for an analysis: every replica tails the hint streams, without a group."""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime
from typing import Any

import structlog
from redis.exceptions import RedisError
from sightline_contracts import events, redis_client, work_queue
from sightline_contracts.objectives import Objectives
from sightline_contracts.tasks import stopping

BLOCK_MS = 5000
ASK_AGAIN_S = 1.0
"""A waiter also asks by itself this often, so that a lost hint costs a second, not an answer."""
LET_GO = ""
"""A hint of nothing, after which there will be no other."""
MISSED = "*"
"""A hint in the place of those for which there was no room: anything may have happened."""
HINTS_AT_MOST = 1000
"""Of one listener, who is not listening just now."""

_log = structlog.get_logger()


class Hints:
    """`topic` is an analysis id, `end_of` one, or a user id; a hint wakes all who listen to it."""

    def __init__(self, redis_url: str, objectives: Objectives) -> None:
        """`objectives` are told how long each analysis took to be readable."""
        # A blocking read has its own client, whose timeout is above the block time.
        self._redis = redis_client.connect(
            redis_url, socket_timeout=BLOCK_MS / 1000 + 2, decode_responses=True
        )
        self._listeners: dict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self._objectives = objectives
        self._leaving = False

    @contextlib.contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Queue[str]]:
        """A queue of ids of analyses that something happened to."""
        queue: asyncio.Queue[str] = asyncio.Queue(HINTS_AT_MOST)
        self._listeners[topic].add(queue)
        if self._leaving:
            _put(queue, LET_GO)
        try:
            yield queue
        finally:
            self._listeners[topic].discard(queue)
            if not self._listeners[topic]:
                del self._listeners[topic]

    def let_go(self) -> None:
        """Nobody waits here any more: answers say how things are, streams end."""
        self._leaving = True
        for queue in (queue for queues in self._listeners.values() for queue in queues):
            _put(queue, LET_GO)

    async def run(self) -> None:
        """Tail until cancelled. Redis away: the waiters' own asking carries them."""
        position: dict[str, str] = {}
        pause = 0.1
        while not stopping():
            try:
                position = position or await self._ends()
                for stream, entries in await self._read(position):
                    for entry, fields in entries:
                        position[stream] = entry
                        self._pass_on(stream, fields)
                pause = 0.1
            except (RedisError, OSError) as error:
                _log.warning("hints_unavailable", error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
                position = {}  # what was missed meanwhile the waiters see by asking

    async def _ends(self) -> dict[str, str]:
        """The newest entry of each stream, where a tail begins."""
        newest = {
            stream: await self._redis.xrevrange(stream, count=1)
            for stream in (*(queue.stream for queue in work_queue.QUEUES), events.COMPLETED)
        }
        return {
            stream: str(found[0][0] or "0-0") if found else "0-0"
            for stream, found in newest.items()
        }

    async def _read(self, position: dict[str, str]) -> list[Any]:
        """[stream, [(entry id, fields), …]] pairs."""
        streams: dict[Any, Any] = dict(position)
        found = await self._redis.xread(streams, block=BLOCK_MS, count=500)
        return list(found.items()) if isinstance(found, dict) else list(found or [])

    def _pass_on(self, stream: str, fields: dict[str, str]) -> None:
        kind = events.COMPLETED if stream == events.COMPLETED else events.REQUESTED
        try:
            data = events.load(fields.get(events.FIELD, ""), kind)["data"]
            # JSON Schema's `format` promises a time and checks none.
            accepted = datetime.fromisoformat(data["created_at"]).timestamp()
        except (ValueError, OverflowError) as error:
            # Each hint is guarded by itself: the next one is another's.
            _log.warning("hint_outside_contract", stream=stream, reason=str(error))
            return
        topics = [data["analysis_id"], data["user_id"]]
        if stream == events.COMPLETED:
            topics.append(end_of(data["analysis_id"]))
            self._objectives.observe("accepted-to-readable", time.time() - accepted)
        for topic in topics:
            for queue in self._listeners.get(topic, ()):
                _put(queue, data["analysis_id"])

    async def check(self) -> None:
        await self._redis.ping()

    async def close(self) -> None:
        await self._redis.aclose()


def _put(queue: asyncio.Queue[str], hint: str) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(MISSED)
    queue.put_nowait(hint)


def end_of(analysis_id: str) -> str:
    """The topic of who wants to hear of nothing but the end."""
    return f"{analysis_id}:end"


async def until(
    queue: asyncio.Queue[str], seconds: float, done: Callable[[], Awaitable[bool]]
) -> bool:
    """Ask `done` at each hint and once a second, beginning with the first of these; whether it
    said yes within `seconds`, or until the waiters are let go."""
    end = time.monotonic() + seconds
    hint = None
    while hint != LET_GO and (left := end - time.monotonic()) > 0:
        with contextlib.suppress(TimeoutError):
            hint = await asyncio.wait_for(queue.get(), min(ASK_AGAIN_S, left))
        if await done():
            return True
    return False


async def beats(queue: asyncio.Queue[str]) -> AsyncIterator[str | None]:
    """The hints as they come, and None at least once a second, until the waiters are let go."""
    while True:
        try:
            hint = await asyncio.wait_for(queue.get(), ASK_AGAIN_S)
        except TimeoutError:
            yield None
            continue
        if hint == LET_GO:
            return
        yield hint
