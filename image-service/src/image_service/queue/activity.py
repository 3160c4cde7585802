"""What all workers do now, and how much work waits."""

from dataclasses import dataclass

from sightline_contracts import work_queue
from sightline_contracts.queue_state import QueueState


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
    def __init__(self, state: QueueState) -> None:
        self._state = state

    async def read(self) -> Activity:
        """Raises redis.exceptions.RedisError and OSError where Redis does not answer."""
        depths = [await self._state.depth(queue) for queue in work_queue.QUEUES]
        workers = await self._state.workers()
        return Activity(
            warm=sum(worker.warm for worker in workers),
            busy=sum(worker.busy for worker in workers),
            cold_starts=sum(worker.cold_starts for worker in workers),
            queue_depth=sum(depth.waiting + depth.delayed for depth in depths),
            oldest_age_s=round(max(depth.oldest_age_s for depth in depths), 3),
        )
