"""A function for instances that tries every way out that its tests know, and tells which worked.

A picture here is the process id of the worker. What worked is what the kernel did not refuse: a call
that fails because its arguments are nonsense was let through.
"""

import ctypes
import encodings.idna  # noqa: F401  # sockets look for it, and nothing is imported once confined
import errno
import mmap
import os
import platform
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from system_calls import NEEDED, OTHERS

from image_service.instances.answers import NotAnalysed

REFUSED = frozenset({errno.EPERM, errno.EACCES})
COLUMN = {"x86_64": 0, "aarch64": 1}[platform.machine()]
NUMBERS_AT_MOST = 700
"""Of system calls: some 470 are there in 2026."""
X32 = 0x40000000
TRAPS = frozenset({335, 336})
"""x86-64's uretprobe and uprobe: of the kernel's own trampolines, which no filter sees. Whoever calls
them from elsewhere is killed."""
CONNECTION = 3
PR_GET_DUMPABLE = 3


def initialize(_models_dir: Path | None) -> None: ...


class _Known:
    """Asked for while it may."""

    parent: int
    dumpable: int


def prepare(_operations: list[str]) -> None:
    _Known.parent = os.getppid()
    _Known.dumpable = _LIBC.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)


def analyse(data: bytes, operations: list[str]) -> NotAnalysed:
    """`operations` names the attempts: "calls", "numbers" or "ways"."""
    worked = {"calls": _calls, "numbers": _numbers, "ways": _ways}[operations[0]](int(data))
    return NotAnalysed("not-an-image", ",".join(worked))


def _calls(_worker: int) -> Iterator[str]:
    """Every call by its name."""
    for name, numbers in OTHERS.items():
        number = numbers[COLUMN]
        if number is not None and not _refused(number):
            yield name


def _numbers(_worker: int) -> Iterator[str]:
    """Every number that there is or may come, but for those that an instance needs."""
    needed = {one[COLUMN] for one in NEEDED.values()}
    for number in range(NUMBERS_AT_MOST):
        if number not in needed | TRAPS and not _refused(number):
            yield str(number)
        if COLUMN == 0 and not _refused(X32 | number):
            yield f"x32 {number}"


def _ways(worker: int) -> Iterator[str]:
    """As a program would, to the fork server and to the worker, and to what lies about."""
    if _Known.dumpable:
        yield "the memory of its like"
    for whom, pid in (("fork server", _Known.parent), ("worker", worker), ("init", 1)):
        for name, attempt in _against(pid).items():
            if _works(attempt):
                yield f"{name} of the {whom}"
    for name, attempt in _at_large().items():
        if _works(attempt):
            yield name


def _against(pid: int) -> dict[str, Callable[[], object]]:
    process = Path("/proc", str(pid))
    limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    tgkill, prlimit = NEEDED["tgkill"][COLUMN], NEEDED["prlimit64"][COLUMN]
    return {
        "memory, read": lambda: (process / "mem").open("rb"),
        "memory, written": lambda: (process / "mem").open("r+b"),
        "environment": (process / "environ").read_bytes,
        "descriptors": lambda: next((process / "fd").iterdir()),
        "maps": (process / "maps").read_text,
        "score with the memory killer": lambda: (process / "oom_score_adj").write_text("1000"),
        "directory": lambda: next((process / "cwd").iterdir()),
        "signal": lambda: os.kill(pid, 0),
        "signal to its group": lambda: os.killpg(pid, 0),
        "signal by tgkill": lambda: _checked(tgkill, pid, pid, 0),
        "limits, set": lambda: resource.prlimit(pid, resource.RLIMIT_DATA, limits),
        "limits, read": lambda: _checked(prlimit, pid, resource.RLIMIT_DATA, 0, _ROOM),
        "priority": lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
        "processors": lambda: os.sched_setaffinity(pid, {0}),
        "scheduler": lambda: os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0)),
        "handle": lambda: os.pidfd_open(pid),
    }


def _at_large() -> dict[str, Callable[[], object]]:
    tgkill, prlimit = NEEDED["tgkill"][COLUMN], NEEDED["prlimit64"][COLUMN]
    mprotect, own = NEEDED["mprotect"][COLUMN], os.getpid()
    address = ctypes.addressof(_ROOM) // mmap.PAGESIZE * mmap.PAGESIZE
    return {
        "a file, read": lambda: Path("/etc/passwd").read_bytes(),
        "a file, written": lambda: Path("/tmp/attacker").write_bytes(b""),
        "shared memory": lambda: next(Path("/dev/shm").iterdir()),
        "its own process' files": lambda: Path("/proc/self/status").read_text(),
        "a folder": lambda: next(Path("/").iterdir()),
        "the log": lambda: os.write(2, b"a line that is not ours\n"),
        "a descriptor of others": _descriptor,
        "a process": os.fork,
        "a program": lambda: os.execv("/bin/true", ["true"]),
        "a thread": lambda: threading.Thread(target=int).start(),
        "a TCP connection": lambda: socket.create_connection(("127.0.0.1", 9), 1),
        "a datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "an abstract socket": lambda: socket.socket(socket.AF_UNIX),
        "a raw socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "its own limits": lambda: resource.setrlimit(resource.RLIMIT_DATA, (1 << 40, 1 << 40)),
        "its own limits, by prlimit": lambda: _checked(prlimit, 0, resource.RLIMIT_DATA, _ROOM, 0),
        "its own limits, of an address above 4 GB": lambda: _checked(
            prlimit, 0, resource.RLIMIT_DATA, 1 << 40, 0
        ),
        "a signal to everybody": lambda: _checked(tgkill, -1, own, 0),
        "a signal to its group": lambda: os.kill(0, 0),
        "memory that runs": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
        "memory made to run": lambda: _checked(mprotect, address, 4096, 7),
    }


_ROOM = ctypes.create_string_buffer(64)


def _descriptor() -> None:
    """Something is sent by any but its own connection."""
    sendto = NEEDED["sendto"][COLUMN]
    for descriptor in range(64):
        if descriptor != CONNECTION and _call(sendto, descriptor, _ROOM, 1, 0, 0, 0) >= 0:
            return
    raise PermissionError


def _works(attempt: Callable[[], object]) -> bool:
    """A thread that cannot be started is told of by a RuntimeError, a limit by a ValueError."""
    try:
        attempt()
    except OSError as error:
        return error.errno is not None and error.errno not in REFUSED
    except (RuntimeError, ValueError):
        return False
    return True


def _checked(number: int, *arguments: object) -> None:
    if _call(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "")


def _refused(number: int) -> bool:
    return _call(number, -1, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() in REFUSED


def _call(number: int, *arguments: object) -> int:
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(_LIBC.syscall(ctypes.c_long(number), *given))


_LIBC = ctypes.CDLL(None, use_errno=True)
