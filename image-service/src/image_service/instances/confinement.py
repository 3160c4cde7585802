"""What an instance may never do, whatever a picture has made of it: start a process or a program, open
a file or a connection, touch another process.

Three walls, each of which stands without the others: Landlock takes the file system away where the
kernel has it, a seccomp filter refuses every system call but those of `syscalls`, and processes that
hold something cannot be read by others of their user, whose memory /proc would offer otherwise.
"""

import ctypes
import os
import platform
import struct
import sys

from image_service.instances import syscalls

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 4, 38
SECCOMP_SET_MODE_FILTER, ALL_THREADS = 1, 1
LANDLOCK_CREATE_RULESET, LANDLOCK_RESTRICT_SELF = 444, 446
"""The same on all machines (Linux kernel, Documentation/userspace-api/landlock.rst)."""
ASK_VERSION = 1
FILES_SINCE = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many rights over files Landlock knows, by the version of its ABI."""
NETWORK_SINCE, SCOPES_SINCE = 4, 6
BOTH = 0b11
"""TCP: bind and connect; scopes: abstract Unix sockets and signals."""


class Unconfinable(OSError):
    """Instances cannot be confined here, so that there are none."""


def confine() -> None:
    """This process with all its threads, from here on. Raises Unconfinable."""
    machine = _machine()
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    forbid_files()
    forbid_calls(machine)


def undumpable() -> None:
    """Nobody of this user reads or writes this process' memory, by /proc or ptrace. It goes on to
    forked children, and ends with another program. Raises Unconfinable."""
    _machine()
    _prctl(PR_SET_DUMPABLE, 0)


def forbid_files() -> bool:
    """No path of any file system, no TCP port, no signal to others. Whether the kernel can; where it
    cannot, the filter alone refuses."""
    version = _call(LANDLOCK_CREATE_RULESET, None, 0, ASK_VERSION)
    if version < 1:
        return False
    rights = FILES_SINCE[max(since for since in FILES_SINCE if since <= version)]
    attributes = [(1 << rights) - 1]
    attributes += [BOTH] if version >= NETWORK_SINCE else []
    attributes += [BOTH] if version >= SCOPES_SINCE else []
    handled = struct.pack(f"{len(attributes)}Q", *attributes)
    rules = _checked(_call(LANDLOCK_CREATE_RULESET, handled, len(handled), 0))
    _checked(_call(LANDLOCK_RESTRICT_SELF, rules, 0))
    os.close(rules)
    return True


def forbid_calls(machine: syscalls.Machine) -> None:
    """All that `syscalls` does not list. Raises Unconfinable."""
    program = ctypes.create_string_buffer(syscalls.program(machine, os.getpid()))
    count = (len(program) - 1) // struct.calcsize("HBBI")
    header = struct.pack("HP", count, ctypes.addressof(program))
    _checked(_call(machine.seccomp, SECCOMP_SET_MODE_FILTER, ALL_THREADS, header))


def _machine() -> syscalls.Machine:
    """Elsewhere a picture's code would run open: there the service does not start."""
    machine = syscalls.MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        here = f"{sys.platform} on {platform.machine()}"
        raise Unconfinable(f"instances are confined on Linux on {_known()}, and this is {here}")
    return machine


def _known() -> str:
    return " and ".join(syscalls.MACHINES)


def _prctl(option: int, value: int) -> None:
    _checked(_libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def _call(number: int, *arguments: int | bytes | None) -> int:
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(_libc().syscall(ctypes.c_long(number), *given))


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise Unconfinable(number, os.strerror(number))
    return answer


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
