"""A function for instances that does its worst where a picture's last bytes say so."""

import mmap
import os
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import ClassVar

from image_service.instances import frames
from image_service.instances.answers import Analysed, NotAnalysed
from image_service.local_engine import analysis

TMP = Path(tempfile.gettempdir())  # asked for before the limits, under which it finds none usable
SEEN_BYTES = 1 << 20


class _Seen:
    """What instances have seen, of this fork server and others: memory that is a file's, since no
    instance opens one."""

    memory: mmap.mmap
    here: ClassVar[list[str]] = []


def prepare(operations: list[str]) -> None:
    """Not for text, which this one is given in its tests and does not read."""
    analysis.prepare([one for one in operations if one != "text"])


def initialize(models_dir: Path | None) -> None:
    analysis.initialize(models_dir)
    remember()


def remember() -> None:
    """Before any instance is confined."""
    with (TMP / "poison-seen").open("ab") as file:
        file.truncate(SEEN_BYTES)
    with (TMP / "poison-seen").open("r+b") as file:
        _Seen.memory = mmap.mmap(file.fileno(), SEEN_BYTES)


def analyse(data: bytes, operations: list[str]) -> Analysed | NotAnalysed:
    _, _, what = data.rpartition(b"#")
    if what in _HARMFUL:
        _HARMFUL[what]()
    if what == b"environment":
        return NotAnalysed("not-an-image", ",".join(os.environ))
    if what.startswith(b"remember-"):
        _Seen.here.append(what.decode())
        return NotAnalysed("not-an-image", ",".join(_Seen.here))
    if what in (b"large", b"too-large"):
        size = (frames.RESULT_AT_MOST * (2 if what == b"too-large" else 1)) - 1000
        return Analysed({"text": "x" * size}, b"")
    if what.startswith(b"hang-once-") and _first_time(what):
        _hang()
    if what.startswith(b"fault-once-") and _first_time(what):
        _fault()
    return analysis.analyse(data, operations)


def _hang() -> None:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()  # nobody lets it go


def _first_time(what: bytes) -> bool:
    """`what` is unique to a test; when the memory is full, it begins anew."""
    if _Seen.memory.find(what) >= 0:
        return False
    end = _Seen.memory.find(b"\0")
    if not 0 <= end < SEEN_BYTES - len(what):
        _Seen.memory[:] = bytes(SEEN_BYTES)
        end = 0
    _Seen.memory[end : end + len(what)] = what
    return True


def _loop() -> None:
    while True:
        pass


def _crash() -> None:
    signal.raise_signal(signal.SIGSEGV)


def _take_memory() -> None:
    held = [bytearray(16 << 20) for _ in range(1000)]
    raise AssertionError(len(held))


def _fork_bomb() -> None:
    for _ in range(20):
        if os.fork() == 0:
            time.sleep(3600)
    _hang()


def _fill_tmp() -> None:
    (TMP / "poison").write_bytes(bytes(1 << 20))


def _fault() -> None:
    raise KeyError("what the picture said")


_HARMFUL = {
    b"hang": _hang,
    b"loop": _loop,
    b"crash": _crash,
    b"memory": _take_memory,
    b"fork-bomb": _fork_bomb,
    b"fill-tmp": _fill_tmp,
    b"fault": _fault,
}
