"""What all workers do now, and how much work waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from image_service.queue.work_stream import WorkStream


@dataclass(frozen=True)
class Activity:
    """Totals of all workers and queues. `oldest_age_s`: seconds since the oldest message that has not
    ended came or came back."""

    warm: int
    busy: int
    cold_starts: int
    queue_depth: int
    oldest_age_s: float


class ActivityReader:
    """Workers publish their figures in one place, so that any of the streams can read them."""

    def __init__(self, streams: Sequence[WorkStream]) -> None:
        self._streams = streams

    async def read(self) -> Activity:
        """Raises redis.exceptions.RedisError and OSError where Redis does not answer."""
        depths = [await stream.depth() for stream in self._streams]
        workers = await self._streams[0].workers()

        def total(name: str) -> int:
            return int(sum(worker.get(name, 0) for worker in workers))

        return Activity(
            warm=total("warm"),
            busy=total("busy"),
            cold_starts=total("cold_starts"),
            queue_depth=sum(depth.waiting + depth.delayed for depth in depths),
            oldest_age_s=round(max(depth.oldest_age_s for depth in depths), 3),
        )
