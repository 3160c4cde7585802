"""An instance: limits first, then what its pictures will need, then the walls; and behind them one
picture of one user after the other, until nobody asks any more."""

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
CONNECTION = 3
"""The one descriptor that an instance has, beside the standard ones, which lead nowhere."""


@dataclass(frozen=True)
class Limits:
    """Of one instance. Wall time is the pool's to keep."""

    memory_mb: int


def run(
    descriptor: int, function: ModuleType, limits: Limits, asked_at: float, operations: list[str]
) -> None:
    """In a process that has just been forked. `descriptor`: its end of the connection; `asked_at`:
    time.monotonic() when the instance was asked for, in the process that did; `operations`: those
    that it is to be prepared for."""
    os.setsid()  # a process group of its own: whatever it starts ends with it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(limits)
    trouble = _prepare(function, operations)
    connection = _alone(descriptor)
    confine()
    init_ms = (time.monotonic() - asked_at) * 1000
    while True:
        try:
            fields, data = frames.receive(connection)
        except EOFError:
            return
        answer, preview = _answer(function, data, fields["operations"], trouble)
        if frames.result_size(answer, preview) > frames.RESULT_AT_MOST:
            kept = ("run_ms", "max_memory_mb")
            answer, preview = {name: answer[name] for name in kept}, b""
            answer["refused"] = {
                "code": "result-too-large",
                "detail": f"A result may have {frames.RESULT_AT_MOST:,} bytes, with its preview.",
            }
        answer["init_ms"] = round(init_ms, 1)
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


def _prepare(function: ModuleType, operations: list[str]) -> Exception | None:
    """Files are read now or never. What goes wrong is told to who sends the first picture."""
    try:
        function.prepare(operations)
    except Exception as error:  # noqa: BLE001  # as below
        return error
    return None


def _alone(descriptor: int) -> socket.socket:
    """The connection, all else closed: a file that is shared with another process is a way to it, and
    a line in our log would be ours."""
    null = os.open(os.devnull, os.O_RDWR)
    connection = os.dup2(descriptor, max(descriptor, null, CONNECTION) + 1)
    for standard in range(CONNECTION):
        os.dup2(null, standard)
    os.dup2(connection, CONNECTION)
    os.closerange(CONNECTION + 1, FILES_AT_MOST)
    return socket.socket(fileno=CONNECTION)


def _answer(
    function: ModuleType, data: bytes, operations: list[str], trouble: Exception | None
) -> tuple[dict[str, Any], bytes]:
    started = time.perf_counter()
    preview = b""
    answer: dict[str, Any] = {}
    try:
        if trouble is not None:
            raise trouble
        found = function.analyse(data, operations)
    except MemoryError:
        answer["out_of_memory"] = True
    except Exception as error:  # noqa: BLE001  # whatever the engine did not expect
        # The message might hold something of the picture: the kind of error is enough.
        answer["fault"] = type(error).__name__
    else:
        if isinstance(found, Analysed):
            answer["parts"], preview = found.parts, found.preview
            answer["embedding"] = found.embedding
        else:
            answer["refused"] = asdict(found)
    answer["run_ms"] = round((time.perf_counter() - started) * 1000, 1)
    answer["max_memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return answer, preview
