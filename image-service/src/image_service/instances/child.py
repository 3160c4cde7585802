"""An instance: limits first, then one picture after the other until nobody asks any more."""

import os
import resource
import signal
import socket
import time
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any

from image_service.instances import frames
from image_service.instances.answers import Analysed
from image_service.instances.confinement import confine

FILES_AT_MOST = 64


@dataclass(frozen=True)
class Limits:
    """Of one instance. Wall time is the pool's to keep."""

    memory_mb: int


def run(connection: socket.socket, function: ModuleType, limits: Limits, asked_at: float) -> None:
    """In a process that has just been forked. `asked_at`: time.monotonic() when the instance was
    asked for, in the process that did."""
    os.setsid()  # a process group of its own: whatever it starts ends with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(limits)
    confine()
    init_ms = (time.monotonic() - asked_at) * 1000
    while True:
        try:
            fields, data = frames.receive(connection)
        except EOFError:
            return
        answer, preview = _answer(function, data, fields["operations"], init_ms)
        init_ms = 0.0
        connection.sendall(frames.pack(answer, preview))


def _limit(limits: Limits) -> None:
    """Private memory, files and core dumps. RLIMIT_NPROC counts all processes of a user, those of
    other containers too, so that it cannot be the limit of one: it is confined to itself instead."""
    memory = limits.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_AT_MOST, FILES_AT_MOST))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(
    function: ModuleType, data: bytes, operations: list[str], init_ms: float
) -> tuple[dict[str, Any], bytes]:
    started = time.perf_counter()
    preview = b""
    answer: dict[str, Any] = {}
    try:
        found = function.analyse(data, operations)
    except MemoryError:
        answer["out_of_memory"] = True
    except Exception as error:  # noqa: BLE001  # whatever the engine did not expect
        # The message might hold something of the picture: the kind of error is enough.
        answer["fault"] = type(error).__name__
    else:
        if isinstance(found, Analysed):
            answer["parts"], preview = found.parts, found.preview
        else:
            answer["refused"] = asdict(found)
    answer["run_ms"] = round((time.perf_counter() - started) * 1000, 1)
    answer["init_ms"] = round(init_ms, 1)
    answer["max_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return answer, preview
