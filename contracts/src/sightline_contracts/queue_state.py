"""What the work queues hold and what their workers do, as Redis has it: for the workers themselves, and for a
service that is there when no worker is."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from prometheus_client import Gauge
from redis.asyncio import Redis

from sightline_contracts import work_queue
from sightline_contracts.work_queue import Queue

WORKERS, SILENT_S = "image-service:workers", 5.0
"""Hash of what each worker has published lately, and the seconds after which it is not believed any more."""
MESSAGES = Gauge("queue_messages", "Messages of a whole queue, by state.", ["queue", "state"])
OLDEST = Gauge(
    "queue_oldest_age_seconds", "Age of the oldest message that has not ended.", ["queue"]
)

AT_WORK = Gauge("queue_workers", "Workers that serve a queue.", ["queue"])


@dataclass(frozen=True)
class Depth:
    """Messages that nobody has, that a worker has, that wait for a further attempt; the age of the
    oldest that has not ended, in seconds since it came or came back."""

    waiting: int
    in_flight: int
    delayed: int
    oldest_age_s: float


@dataclass(frozen=True)
class Worker:
    """What a worker does in one queue: messages it takes at a time, instances that wait and that run, and how
    many have been started for a message. `queue` is empty where a release before this one has told."""

    queue: str
    slots: int
    warm: int
    busy: int
    cold_starts: int


class QueueState:
    """Each method raises redis.exceptions.RedisError where Redis does not answer. `client` decodes answers."""

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._depth = {queue: client.register_script(queue.depth) for queue in work_queue.QUEUES}

    async def depth(self, queue: Queue) -> Depth:
        """All of it at one moment."""
        waiting, in_flight, delayed, oldest_ms = await self._depth[queue]()
        return Depth(waiting, in_flight, delayed, oldest_ms / 1000)

    async def publish_worker(self, name: str, worker: Worker) -> None:
        """Publish what a worker does, so that any process can report on all of them."""
        await self._redis.hset(WORKERS, name, json.dumps({**asdict(worker), "at": time.time()}))

    async def workers(self) -> list[Worker]:
        """What each has published in the last SILENT_S seconds."""
        published: Any = await self._redis.hgetall(WORKERS)
        told = {name: _told(text) for name, text in published.items()}
        since = time.time() - SILENT_S
        silent = [name for name, (at, _) in told.items() if at < since]
        if silent:
            await self._redis.hdel(WORKERS, *silent)
        return [worker for at, worker in told.values() if at >= since]

    async def forget_worker(self, name: str) -> None:
        await self._redis.hdel(WORKERS, name)


def show(queue: Queue, depth: Depth) -> None:
    """Set the gauges of a queue."""
    MESSAGES.labels(queue.name, "waiting").set(depth.waiting)
    MESSAGES.labels(queue.name, "in-flight").set(depth.in_flight)
    MESSAGES.labels(queue.name, "delayed").set(depth.delayed)
    OLDEST.labels(queue.name).set(depth.oldest_age_s)


def show_nothing() -> None:
    """Take the gauges away: a figure of the past is worse than none to whoever starts workers by it."""
    for gauge in (MESSAGES, OLDEST, AT_WORK):
        gauge.clear()


def _told(text: str) -> tuple[float, Worker]:
    """When a worker of any version published what; the epoch where the text cannot be read."""
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        told = {}
    queue = told.get("queue")
    return _number(told, "at"), Worker(
        queue if isinstance(queue, str) else "",
        *(int(_number(told, name)) for name in ("slots", "warm", "busy", "cold_starts")),
    )


def _number(told: Mapping[str, object], name: str) -> float:
    value = told.get(name)
    return float(value) if isinstance(value, int | float) else 0.0
