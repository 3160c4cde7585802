"""A function for instances that does its worst where a picture's last bytes say so."""

import contextlib
import os
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path

from image_service import analysis
from image_service.instances.answers import Analysed, NotAnalysed

initialize = analysis.initialize
TMP = Path(tempfile.gettempdir())  # asked for before the limits, under which it finds none usable


def analyse(data: bytes, operations: list[str]) -> Analysed | NotAnalysed:  # noqa: PLR0912
    _, _, what = data.rpartition(b"#")
    match what:
        case b"hang":
            signal.pause()
        case b"loop":
            while True:
                pass
        case b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"memory":
            held = [bytearray(16 << 20) for _ in range(1000)]
            raise AssertionError(len(held))
        case b"fork-bomb":
            for _ in range(20):
                if os.fork() == 0:
                    time.sleep(3600)
            signal.pause()
        case b"reach-out":
            return NotAnalysed("not-an-image", ",".join(_what_works()))
        case b"fill-tmp":
            (TMP / "poison").write_bytes(bytes(1 << 20))
        case b"environment":
            return NotAnalysed("not-an-image", ",".join(os.environ))
        case b"fault":
            raise KeyError("what the picture said")
        case _ if what.startswith(b"hang-once-"):
            if _first_time(what):
                signal.pause()
        case _ if what.startswith(b"fault-once-"):
            if _first_time(what):
                raise KeyError("what the picture said")
    return analysis.analyse(data, operations)


def _what_works() -> list[str]:
    tried = {
        "thread": lambda: threading.Thread(target=int).start(),
        "process": os.fork,
        "program": lambda: os.execv("/bin/true", ["true"]),
        "connection": lambda: socket.create_connection(("127.0.0.1", 9), 1),
        "signal to its parent": lambda: os.kill(os.getppid(), 0),
        "hold on its parent": lambda: os.pidfd_open(os.getppid()),
    }
    worked = []
    for name, attempt in tried.items():
        with contextlib.suppress(PermissionError, BlockingIOError):
            attempt()
            worked.append(name)
    return worked


def _first_time(what: bytes) -> bool:
    seen = TMP / what.decode()
    if seen.exists():
        seen.unlink()
        return False
    seen.touch()
    return True
