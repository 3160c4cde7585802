"""What the work queues hold and what their workers do: told from here, since a worker cannot tell that none is
there."""

import asyncio

import structlog
from redis.exceptions import RedisError
from sightline_contracts import queue_state, work_queue
from sightline_contracts.problems import Unavailable
from sightline_contracts.queue_state import QueueState

from result_service.models.queues import QueueReport, QueuesReport

LOOK_S = 1.0
"""Seconds for the gauges: a scrape is not held up by a Redis that is away."""
_log = structlog.get_logger()


class Queues:
    def __init__(self, state: QueueState) -> None:
        self._state = state

    async def report(self) -> QueuesReport:
        """Raises Unavailable where Redis does not answer."""
        try:
            depths = [await self._state.depth(queue) for queue in work_queue.QUEUES]
            workers = await self._state.workers()
        except (RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.") from error
        reports = []
        for queue, depth in zip(work_queue.QUEUES, depths, strict=True):
            own = [worker for worker in workers if worker.queue == queue.name]
            reports.append(
                QueueReport(
                    name=queue.name,
                    waiting=depth.waiting,
                    in_flight=depth.in_flight,
                    delayed=depth.delayed,
                    oldest_age_s=round(depth.oldest_age_s, 3),
                    workers=len(own),
                    slots=sum(worker.slots for worker in own),
                    warm=sum(worker.warm for worker in own),
                    busy=sum(worker.busy for worker in own),
                    cold_starts=sum(worker.cold_starts for worker in own),
                )
            )
        return QueuesReport(queues=reports)

    async def show(self) -> None:
        """Set the gauges; without an answer of Redis there are none."""
        try:
            async with asyncio.timeout(LOOK_S):
                workers = await self._state.workers()
                for queue in work_queue.QUEUES:
                    queue_state.show(queue, await self._state.depth(queue))
                    own = [worker for worker in workers if worker.queue == queue.name]
                    queue_state.AT_WORK.labels(queue.name).set(len(own))
        except (RedisError, OSError) as error:
            queue_state.show_nothing()
            _log.warning("queues_unknown", error=type(error).__name__)
