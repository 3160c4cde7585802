"""The parent's hold on the fork server and on each instance that it forks."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from image_service.instances import frames

START_AT_MOST_S = 20.0
ANSWER_AT_MOST_S = 5.0
DATAGRAM = 4096
GIVING_WAY = 10
"""Niceness of an instance whose picture takes long: a tenth of the others' share."""
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "PYTHONDONTWRITEBYTECODE",
    "MALLOC_TRIM_THRESHOLD_",
    "MALLOC_MMAP_THRESHOLD_",
)

# One thread for each library. ONNX Runtime would tell its maker of each model that it runs, by way
# of a thread and a file.
SET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}


class ServerGone(Exception):
    """There is no fork server that answers."""


@dataclass
class Instance:
    """One child, and the connection to it. `prepared`: the operations that it was made ready for;
    `user_id`: whose pictures it has seen, None for nobody's."""

    pid: int
    memory_mb: int
    prepared: frozenset[str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    user_id: str | None = None
    pictures: int = 0
    idle_since: float = 0.0
    gave_way: bool = False

    async def ask(self, data: bytes, operations: list[str]) -> frames.Frame:
        """Raises frames.BadFrame, EOFError and OSError when it is not to be trusted any more."""
        self.pictures += 1
        self.writer.write(frames.pack({"operations": operations}, data))
        await self.writer.drain()
        return await frames.read(self.reader)

    def give_way(self) -> None:
        """To everybody else on the machine, from here on: nobody may take that back."""
        self.gave_way = True
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self.pid, GIVING_WAY)


class ForkServer:
    """`function`: the module whose `initialize(models_dir)` and `analyse(data, operations)` run."""

    def __init__(self, function: str, models_dir: Path | None) -> None:
        self._arguments = [function, str(models_dir or "")]
        self._process: asyncio.subprocess.Process | None = None
        self._control: socket.socket | None = None
        self._turn = asyncio.Lock()

    @property
    def running(self) -> bool:
        alive = self._process is not None and self._process.returncode is None
        return alive and self._control is not None

    async def start(self) -> None:
        """Returns when the engine is warm. Raises ServerGone."""
        self._control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setblocking(False)
        with other:
            command = ["-m", "image_service.instances.forkserver", str(other.fileno())]
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                *self._arguments,
                pass_fds=[other.fileno()],
                env=environment(),
                start_new_session=True,
            )
        try:
            await self._answer(START_AT_MOST_S)
        except ServerGone:
            await self.stop()
            raise

    async def fork(self, asked_at: float, memory_mb: int, operations: frozenset[str]) -> Instance:
        """A new instance. Raises ServerGone."""
        own, its = socket.socketpair()
        with its:
            wanted = {"memory_mb": memory_mb, "operations": sorted(operations)}
            asked = {"fork": {**wanted, "asked_at": asked_at}}
            try:
                found = await self._ask(asked, its)
            except ServerGone:
                own.close()
                raise
        own.setblocking(False)
        reader, writer = await asyncio.open_unix_connection(sock=own)
        now = time.monotonic()
        return Instance(found["pid"], memory_mb, operations, reader, writer, idle_since=now)

    async def end(self, instance: Instance) -> int | None:
        """Kill an instance with all that it started; its exit status, or minus the signal that had
        ended it before; None when the fork server has gone, which takes all of them along."""
        instance.writer.close()
        with contextlib.suppress(OSError):
            await instance.writer.wait_closed()
        # The number is still its own: it is a zombie at the most until the fork server reaps it.
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError):
                kill(instance.pid, signal.SIGKILL)
        try:
            return int((await self._ask({"reap": instance.pid}))["status"])
        except ServerGone:
            return None

    async def stop(self) -> None:
        """The fork server ends, and its instances with it."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                await asyncio.wait_for(self._process.wait(), ANSWER_AT_MOST_S)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
            self._process = None

    async def _ask(
        self, asked: dict[str, Any], connection: socket.socket | None = None
    ) -> dict[str, Any]:
        descriptors = [] if connection is None else [os.dup(connection.fileno())]
        # A question that has been asked is answered before the next one, whoever still waits.
        return await asyncio.shield(asyncio.ensure_future(self._in_turn(asked, descriptors)))

    async def _in_turn(self, asked: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        try:
            async with self._turn:
                if self._control is None:
                    raise ServerGone
                try:
                    socket.send_fds(self._control, [json.dumps(asked).encode()], descriptors)
                except OSError as error:
                    raise self._gone() from error
                return await self._answer(ANSWER_AT_MOST_S)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    async def _answer(self, at_most_s: float) -> dict[str, Any]:
        assert self._control is not None
        receiving = asyncio.get_running_loop().sock_recv(self._control, DATAGRAM)
        try:
            message = await asyncio.wait_for(receiving, at_most_s)
        except (OSError, TimeoutError) as error:
            raise self._gone() from error
        if not message:
            raise self._gone()
        return dict(json.loads(message))

    def _gone(self) -> ServerGone:
        """A late answer must not be taken for that to a later question: the connection ends, and
        with it the fork server."""
        if self._control is not None:
            self._control.close()
            self._control = None
        return ServerGone()


def environment() -> dict[str, str]:
    """The same modules as here; nothing that tells a picture which has taken over its instance where
    our stores and services are."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    modules = os.pathsep.join(folder for folder in sys.path if folder)
    return {**kept, **SET, "PYTHONPATH": modules}
