"""The pool: 0 to `cap` warm children of the fork server, as many as there is work.

A picture that finds no idle instance starts one. An instance that nobody needs for a while ends,
and after a longer while the fork server too: then this process is all there is.

An instance that has seen a user's picture sees no other user's: whatever a picture has made of it, it
finds nothing there but what its owner sent. Who finds none of their own, and none that is new, gets one
that is forked from the fork server, which sees no picture at all (docs/decisions/0014).
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from prometheus_client import Counter, Gauge, Histogram
from sightline_contracts.supervisor import Loop, Supervisor
from sightline_contracts.tasks import stopping

from image_service.errors import Broke, SystemTrouble
from image_service.instances import answers, confinement, frames
from image_service.instances.answers import Ran
from image_service.instances.server import ForkServer, Instance, ServerGone
from image_service.upstream.function_settings import FunctionControl

PICTURES_PER_INSTANCE = 500
MEMORY_SHARE = 0.75
"""An instance is replaced after so many pictures, or when it has come so near to its limit: that
bounds what a leak can take."""
GIVES_WAY_AFTER = 0.1
"""Of the time limit. A picture that takes longer than that gets what the others leave, so that one
which loops costs them less; its instance is replaced afterwards."""
LOOK_EVERY_S = 0.25
PREPARED = frozenset({"labels", "moderation", "text"})
"""Operations with models of ONNX Runtime, whose sessions do not live through a fork and whose files
an instance can read only before it is confined: it can do those that it was prepared for."""
STARTS = Counter("instance_starts_total", "Instances started (cold starts).", ["queue"])
START_TIME = Histogram(
    "instance_start_seconds", "From asking for an instance to its readiness.", ["queue"]
)
ENDS = Counter("instance_ends_total", "Instances ended, by reason.", ["queue", "reason"])
STATES = Gauge("instances", "Instances by state.", ["queue", "state"])

_log = structlog.get_logger()


class NoInstance(Exception):
    """Not one child got ready: the service cannot do its job, and does not start."""


@dataclass(frozen=True)
class PoolSettings:
    """`queue`: whose work it is. `cap`: instances at the most. `function`: the module that they
    run. An instance ends when it was idle for `idle_s`, the fork server when it had none for
    `server_idle_s`. `warm`: the first stands ready before anybody asks for it."""

    queue: str
    cap: int
    models_dir: Path | None
    idle_s: float
    server_idle_s: float
    function: str
    warm: bool = True


class Instances:
    """Time and memory are those that `control` has in force."""

    def __init__(self, settings: PoolSettings, control: FunctionControl, loops: Supervisor) -> None:
        self._settings = settings
        for measure in (STARTS, START_TIME):
            measure.labels(settings.queue)  # at zero, else the first is no increase to who watches
        self._supervisor = loops
        self._control = control
        self._server = ForkServer(settings.function, settings.models_dir)
        self.cold_starts = 0
        self._starting = asyncio.Lock()
        self._room = asyncio.Semaphore(settings.cap)
        self._idle: list[Instance] = []
        self._busy: dict[int, Instance] = {}
        self._to_come = 0
        self._needed_at = time.monotonic()
        self._looking: Loop | None = None

    @property
    def live(self) -> dict[str, int]:
        """How many there are, and what they do."""
        return {"warm": len(self._idle), "busy": len(self._busy)}

    async def open(self) -> None:
        """Returns when an instance is warm, if one is to be. Raises NoInstance, and Unconfinable where
        there can be none."""
        confinement.undumpable()
        if self._settings.warm:
            try:
                self._idle.append(await self._new(frozenset()))
            except SystemTrouble as error:
                raise NoInstance("see the log for what its children said") from error
        self._needed_at = time.monotonic()
        self._count()
        name = f"{self._settings.queue}-scale-down"
        self._looking = self._supervisor.start(name, self._end_what_is_idle)

    async def close(self) -> None:
        """Kill what still runs: its message goes to another worker."""
        if self._looking is not None:
            await self._looking.stop()
        for instance in (*self._idle, *self._busy.values()):
            instance.writer.close()
        await self._server.stop()

    async def run(self, data: bytes, operations: list[str], user_id: str) -> Ran:
        """One picture of a user's. Raises Broke: timeout, out-of-memory, crashed, internal; SystemTrouble when
        no instance is to be had. A caller that is cancelled takes the instance along."""
        timeout_s = self._control.now.timeout_s
        async with self._room, self._taken(user_id, PREPARED & {*operations}) as instance:
            giving_way = asyncio.get_running_loop().call_later(
                timeout_s * GIVES_WAY_AFTER, instance.give_way
            )
            try:
                async with asyncio.timeout(timeout_s):
                    fields, preview = await instance.ask(data, operations)
            except TimeoutError as error:
                await self._end(instance, "timeout")
                detail = f"An attempt may take {timeout_s:g} seconds."
                raise Broke("timeout", detail) from error
            except frames.BadFrame as error:
                await self._end(instance, "crashed")  # alive, and not to be trusted any more
                raise Broke("crashed", "The instance gave no answer that can be read.") from error
            except (EOFError, OSError) as error:
                raise await self._crashed(instance) from error
            finally:
                giving_way.cancel()
            if "out_of_memory" in fields:
                await self._end(instance, "out-of-memory")
                raise _out_of_memory(instance)
            if "fault" in fields:
                _log.error("engine_failed", error=fields["fault"])
                raise Broke("internal", "The engine failed on this picture.")
            try:
                ran = answers.read(fields, preview)
            except frames.BadFrame as error:
                await self._end(instance, "crashed")
                raise Broke("crashed", "The instance gave no answer that can be read.") from error
            if self._spent(instance, ran):
                await self._end(instance, "recycled")
            return ran

    @contextlib.asynccontextmanager
    async def _taken(self, user_id: str, needs: frozenset[str]) -> AsyncIterator[Instance]:
        """The user's own instance that was busy last, so that the others can end; or one that is
        new."""
        instance = self._fitting(user_id, needs) or await self._fresh(user_id, needs)
        instance.user_id = user_id
        self._busy[instance.pid] = instance
        self._count()
        try:
            yield instance
        except asyncio.CancelledError:
            await asyncio.shield(self._end(instance, "canceled"))
            raise
        finally:
            self._needed_at = instance.idle_since = time.monotonic()
            if self._busy.pop(instance.pid, None) is not None:
                self._idle.append(instance)
            self._count()

    def _fitting(self, user_id: str, needs: frozenset[str]) -> Instance | None:
        """Not idle any more."""
        memory_mb = self._control.now.memory_mb
        able = [
            instance
            for instance in self._idle
            if needs <= instance.prepared and instance.memory_mb == memory_mb
        ]
        for owner in (user_id, None):
            for instance in reversed(able):
                if instance.user_id == owner:
                    self._idle.remove(instance)
                    return instance
        return None

    async def _fresh(self, user_id: str, needs: frozenset[str]) -> Instance:
        """In the place of an idle one where there are as many as there may be: of the user's own,
        which cannot do what is needed, or of the one that was busy the longest time ago. What its
        own could do, the new one can as well. Raises SystemTrouble."""
        own = [instance for instance in self._idle if instance.user_id == user_id]
        self._to_come += 1
        try:
            if len(self._idle) + len(self._busy) + self._to_come > self._settings.cap:
                instance = (own or self._idle)[0]
                self._idle.remove(instance)
                await asyncio.shield(self._end(instance, "replaced"))
            return await self._new(needs.union(*(instance.prepared for instance in own)))
        finally:
            self._to_come -= 1

    async def _new(self, operations: frozenset[str]) -> Instance:
        """Raises SystemTrouble: another worker, or this one later, may have better luck."""
        asked_at = self._needed_at = time.monotonic()
        try:
            try:
                instance = await self._forked(asked_at, operations)
            except ServerGone:  # it has died since the last time: once more, with a new one
                instance = await self._forked(asked_at, operations)
        except ServerGone as error:
            raise SystemTrouble("no instance can be started") from error
        STARTS.labels(self._settings.queue).inc()
        self.cold_starts += 1
        START_TIME.labels(self._settings.queue).observe(time.monotonic() - asked_at)
        return instance

    async def _forked(self, asked_at: float, operations: frozenset[str]) -> Instance:
        async with self._starting:
            if not self._server.running:
                await self._server.stop()
                await self._server.start()
        memory_mb = self._control.now.memory_mb
        forking = asyncio.ensure_future(self._server.fork(asked_at, memory_mb, operations))
        try:
            return await asyncio.shield(forking)
        except asyncio.CancelledError:
            with contextlib.suppress(ServerGone):
                await self._server.end(await forking)
            raise

    async def _end(self, instance: Instance, reason: str) -> int | None:
        self._busy.pop(instance.pid, None)
        ENDS.labels(self._settings.queue, reason).inc()
        return await self._server.end(instance)

    async def _crashed(self, instance: Instance) -> Broke:
        status = await self._end(instance, "crashed")
        _log.error("instance_crashed", status=status)
        if status == -signal.SIGKILL:
            return _out_of_memory(instance)  # nobody else kills one: the kernel was short of memory
        return Broke("crashed", "The instance crashed on this picture.")

    def _spent(self, instance: Instance, ran: Ran) -> bool:
        near = ran.max_memory_mb > MEMORY_SHARE * instance.memory_mb
        return near or instance.gave_way or instance.pictures >= PICTURES_PER_INSTANCE

    async def _end_what_is_idle(self) -> None:
        while not stopping():
            await asyncio.sleep(LOOK_EVERY_S)
            # Looked for anew after each end: a picture may have taken the next one meanwhile.
            while (instance := self._idle_for_too_long()) is not None:
                self._idle.remove(instance)
                await self._end(instance, "idle")
            self._count()
            if self._idle or self._busy:
                self._needed_at = time.monotonic()
            elif time.monotonic() - self._needed_at > self._settings.server_idle_s:
                async with self._starting:
                    await self._server.stop()

    def _idle_for_too_long(self) -> Instance | None:
        limit = time.monotonic() - self._settings.idle_s
        return next((instance for instance in self._idle if instance.idle_since < limit), None)

    def _count(self) -> None:
        for state, count in self.live.items():
            STATES.labels(self._settings.queue, state).set(count)


def _out_of_memory(instance: Instance) -> Broke:
    return Broke("out-of-memory", f"An instance may use {instance.memory_mb} MB.")
