"""Reads a work stream, keeps the leases, and carries out the handler's decisions."""

import asyncio
import time
from functools import partial

import structlog
from prometheus_client import Counter, Gauge
from redis.exceptions import RedisError
from sightline_contracts import events, ids, metrics, queue_state, tracing
from sightline_contracts.supervisor import Loop, Supervisor
from sightline_contracts.tasks import stop, stopping

from image_service.errors import SystemTrouble
from image_service.instances.pool import Instances
from image_service.queue.deliveries import Delivery, Entries
from image_service.queue.message import Message, parse, salvage
from image_service.queue.redis_backoff import RedisBackoff
from image_service.queue.work_stream import WorkStream
from image_service.upstream.function_settings import FunctionControl
from image_service.worker.handler import SYSTEM_TROUBLE, Handler, Retry

PROMOTE_EVERY_S = 0.5
RESERVED_LOOK_S = 0.2
SILENT_AFTER_S = 10.0
IN_FLIGHT = Gauge("analyses_in_flight", "Analyses under way in this worker.", ["queue"])
ENDED = Counter("messages_handled_total", "Messages by what became of them.", ["decision"])
RETRIES = Counter("retries_total", "Further attempts, by the reason for them.", ["reason"])
metrics.begin(RETRIES, ("timeout", "out-of-memory", "crashed", "internal", SYSTEM_TROUBLE))
TAKEN_OVER = Counter("messages_taken_over_total", "Messages of workers that fell silent.")
_log = structlog.get_logger()


class Consumer:
    """Has at most `slots` messages under way, and reads no more than it can run."""

    def __init__(
        self,
        stream: WorkStream,
        handler: Handler,
        instances: Instances,
        control: FunctionControl,
        loops: Supervisor,
        slots: int,
        lease_s: float,
    ) -> None:
        self._stream = stream
        self._state = stream.state
        self._queue = stream.queue.name
        self._handler = handler
        self._instances = instances
        self._control = control
        self._supervisor = loops
        self._slots = slots
        self._beat_s = lease_s / 3
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._leased: dict[str, Message] = {}
        self._freed = asyncio.Event()
        self._polled_at = float("-inf")
        self._take_over_at = float("-inf")
        self._canceled: set[str] = set()
        self._loops: list[Loop] = []

    def start(self) -> None:
        """Starts three loops: for new messages, for leases, and for cancellations."""
        runs = {"read": self._read, "keep": self._keep, "watch": self._watch}
        self._loops = [
            self._supervisor.start(f"{self._queue}-{name}", run) for name, run in runs.items()
        ]

    async def drain(self, grace_s: float) -> None:
        """Read no more, finish within the grace time and hand back the rest; no attempt is burnt."""
        reading, *others = self._loops
        await reading.stop()
        tasks = list(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=grace_s)
        unfinished = list(self._leased.values())
        for task in tasks:
            await stop(task)
        for loop in others:
            await loop.stop()
        try:
            for message in unfinished:
                await self._stream.delay(message, 0)
            await self._stream.leave()
        except (RedisError, OSError) as error:
            # Another worker takes over what this one still holds when its lease ends.
            _log.warning("leave_failed", error=type(error).__name__)

    async def check(self) -> None:
        """Raises TimeoutError when the loop has stopped polling."""
        if time.monotonic() - self._polled_at > SILENT_AFTER_S:
            raise TimeoutError

    @property
    def _free(self) -> int:
        return self._slots - len(self._under_way)

    async def _read(self) -> None:
        backoff = RedisBackoff(f"{self._queue}-read")
        while not stopping():
            self._polled_at = time.monotonic()
            if self._free <= 0:
                self._freed.clear()
                try:
                    await asyncio.wait_for(self._freed.wait(), SILENT_AFTER_S / 2)
                except TimeoutError:
                    continue
            try:
                self._begin(await self._next())
                backoff.reset()
            except (RedisError, OSError) as error:
                await backoff.wait(error)

    async def _next(self) -> Entries:
        """Messages of silent workers, on a timer whatever the traffic; then new ones."""
        reserved = self._control.now.reserved_concurrency
        if reserved != 0 and time.monotonic() >= self._take_over_at:
            stale = await self._stream.take_over(self._free)
            TAKEN_OVER.inc(len(stale))
            if stale:
                return stale
            self._take_over_at = time.monotonic() + self._beat_s
        if reserved is None:
            return await self._stream.read(self._free)
        entries = await self._stream.read_within(self._free, reserved)
        if not entries:
            await asyncio.sleep(RESERVED_LOOK_S)
        return entries

    async def _keep(self) -> None:
        """Renews leases and promotes due retries, on a timer whatever the traffic."""
        beat_at = float("-inf")
        backoff = RedisBackoff(f"{self._queue}-keep")
        while not stopping():
            try:
                if time.monotonic() >= beat_at:
                    await self._stream.beat(list(self._leased.values()))
                    await self._stream.forget_the_dead()
                    queue_state.show(
                        self._stream.queue, await self._state.depth(self._stream.queue)
                    )
                    beat_at = time.monotonic() + self._beat_s
                await self._stream.promote()
                await self._state.publish_worker(self._stream.consumer, self._worker())
                backoff.reset()
            except (RedisError, OSError) as error:
                await backoff.wait(error)
            await asyncio.sleep(PROMOTE_EVERY_S)

    def _worker(self) -> queue_state.Worker:
        live, cold_starts = self._instances.live, self._instances.cold_starts
        return queue_state.Worker(self._queue, self._slots, live["warm"], live["busy"], cold_starts)

    async def _watch(self) -> None:
        """Breaks off analyses that their owners have canceled."""
        backoff = RedisBackoff(f"{self._queue}-watch")
        while not stopping():
            try:
                for analysis_id in await self._stream.canceled():
                    self._cancel(analysis_id)
                backoff.reset()
            except (RedisError, OSError) as error:
                await backoff.wait(error)

    def _cancel(self, analysis_id: str) -> None:
        for entry, message in self._leased.items():
            if message.analysis_id == analysis_id and entry not in self._canceled:
                self._canceled.add(entry)
                self._under_way[entry].cancel()

    def _begin(self, entries: Entries) -> None:
        for delivery in entries:
            entry = delivery.entry
            if entry in self._under_way:
                continue  # this worker's own, whose lease ended while the process stood still
            task = asyncio.create_task(self._process(delivery))
            self._under_way[entry] = task
            IN_FLIGHT.labels(self._queue).set(len(self._under_way))
            task.add_done_callback(partial(self._end, entry))

    def _end(self, entry: str, _task: "asyncio.Task[None]") -> None:
        self._under_way.pop(entry, None)
        self._leased.pop(entry, None)
        self._canceled.discard(entry)
        IN_FLIGHT.labels(self._queue).set(len(self._under_way))
        self._freed.set()

    async def _process(self, delivery: Delivery) -> None:
        entry = delivery.entry
        try:
            ENDED.labels(await self._handled(delivery)).inc()
        except (RedisError, OSError) as error:
            # The entry stays pending: it comes again, and is found to have ended.
            _log.warning("not_acknowledged", entry=entry, error=type(error).__name__)
        except Exception:  # noqa: BLE001
            # A fault of ours: the entry stays pending and comes again when its lease ends.
            _log.exception("handling_failed", entry=entry)

    async def _handled(self, delivery: Delivery) -> str:
        """Handles one message; returns the decision's name in the metrics."""
        entry, fields, lost = delivery
        try:
            message = parse(entry, fields)
        except events.InvalidEvent as error:
            return await self._bury(entry, fields, str(error))
        if lost:
            message = message.changed(lost_deliveries=message.lost_deliveries + lost)
        message.enter_context()
        self._leased[entry] = message
        with _traced(message):
            return await self._decide(message)

    async def _decide(self, message: Message) -> str:
        entry = message.entry
        alive = await self._stream.start(message, ids.now())
        try:
            decision = await self._handler.handle(message, alive=alive)
        except asyncio.CancelledError:
            if entry not in self._canceled:
                raise
            await self._stream.acknowledge(entry, message.analysis_id)
            return "canceled"
        if isinstance(decision, Retry):
            RETRIES.labels(decision.reason).inc()
            await self._stream.delay(decision.message, decision.after_s)
            return "delayed"
        await self._stream.acknowledge(entry, message.analysis_id)
        return "done"

    async def _bury(self, entry: str, fields: dict[str, str], reason: str) -> str:
        """Keeps a message outside the contract unchanged, and ends the analysis that it names."""
        _log.error("event_outside_contract", entry=entry, reason=reason)
        message = salvage(entry, fields)
        try:
            if message is not None:
                await self._handler.refuse(message)
        except SystemTrouble as trouble:
            # The entry stays pending and comes again when its lease ends.
            _log.warning("not_buried", entry=entry, reason=str(trouble))
            return "left"
        await self._stream.bury(entry, fields, reason)
        return "buried"


def _traced(message: Message) -> tracing.Step:
    """What follows, as a span; the wait before a first attempt is one of its own."""
    about = {
        "messaging.system": "redis",
        "messaging.destination.name": events.REQUESTED,
        "messaging.operation.type": "process",
        "sightline.analysis_id": message.analysis_id,
    }
    if not message.attempts:
        now = time.time()
        tracing.over(f"wait {events.REQUESTED}", now - message.age_s(), now, attributes=about)
    return tracing.step(f"process {events.REQUESTED}", "consumer", about)
