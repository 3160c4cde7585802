"""What an instance may ask of the kernel, as a seccomp filter in classic BPF.

A list of what Python, NumPy, OpenCV, Pillow and ONNX Runtime need once they are warm: their memory, one
connection, the time, and their own end. All else is refused, what kernels to come will offer included.
Refused calls fail with EPERM and do not kill: libraries probe for calls that they can do without, and
a picture that has taken its instance over gains nothing by asking.

Sources: Linux kernel, Documentation/userspace-api/seccomp_filter.rst; arch/x86/entry/syscalls/
syscall_64.tbl; include/uapi/asm-generic/unistd.h.
"""

import errno
import struct
from dataclasses import dataclass
from enum import IntEnum

ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
NUMBER, ARCHITECTURE, FIRST_ARGUMENT, THIRD_ARGUMENT = 0, 4, 16, 32
"""Offsets in the kernel's seccomp_data; an argument's low half, on little-endian machines."""
HALF = 4
PROT_EXEC = 4

CALLS = {
    "futex": (202, 98),
    "munmap": (11, 215),
    "brk": (12, 214),
    "madvise": (28, 233),
    "mremap": (25, 216),
    "recvfrom": (45, 207),
    "sendto": (44, 206),
    "getrusage": (98, 165),
    "clock_gettime": (228, 113),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "getpid": (39, 172),
    "gettid": (186, 178),
    "getrandom": (318, 278),
    "sched_yield": (24, 124),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "restart_syscall": (219, 128),
}
"""By name, the number on x86-64 and on AArch64."""
OWN_PROCESS = {"tgkill": (234, 131)}
"""Allowed when the first argument is the process itself: abort() ends with a signal."""
OWN_LIMITS = {"prlimit64": (302, 261)}
"""Allowed when the first argument is 0, for the process itself, and the third, the new limit, is
nothing: how much memory there may be is asked for before a picture is decoded."""
NOT_EXECUTABLE = {"mmap": (9, 222), "mprotect": (10, 226)}
"""Allowed when the memory does not become executable: all code is there by now."""


class Op(IntEnum):
    LOAD = 0x20
    EQUAL = 0x15
    ANY_BIT = 0x45
    RETURN = 0x06


@dataclass(frozen=True)
class Machine:
    """`audit` is the kernel's name for it, `column` its place in the tables; `seccomp` is the number
    of the call that sets a filter."""

    audit: int
    column: int
    seccomp: int


MACHINES = {
    "x86_64": Machine(audit=0xC000003E, column=0, seccomp=317),
    "aarch64": Machine(audit=0xC00000B7, column=1, seccomp=277),
}


def program(machine: Machine, own_pid: int) -> bytes:
    """Each rule goes on to the next when it does not apply; the last refuses. A call under another
    ABI of the machine has another architecture or, as x32's, a number that is not listed."""
    refuse, allow = _op(Op.RETURN, REFUSE), _op(Op.RETURN, ALLOW)
    rules = [_op(Op.LOAD, ARCHITECTURE), _op(Op.EQUAL, machine.audit, yes=1), refuse]
    rules.append(_op(Op.LOAD, NUMBER))
    for numbers in CALLS.values():
        rules += [_op(Op.EQUAL, numbers[machine.column], no=1), allow]
    for numbers in OWN_PROCESS.values():
        rules += [_op(Op.EQUAL, numbers[machine.column], no=4), _op(Op.LOAD, FIRST_ARGUMENT)]
        rules += [_op(Op.EQUAL, own_pid, yes=1), refuse, allow]
    for numbers in OWN_LIMITS.values():
        rules.append(_op(Op.EQUAL, numbers[machine.column], no=10))
        for part in (FIRST_ARGUMENT, THIRD_ARGUMENT, THIRD_ARGUMENT + HALF):
            rules += [_op(Op.LOAD, part), _op(Op.EQUAL, 0, yes=1), refuse]
        rules.append(allow)
    for numbers in NOT_EXECUTABLE.values():
        rules += [_op(Op.EQUAL, numbers[machine.column], no=4), _op(Op.LOAD, THIRD_ARGUMENT)]
        rules += [_op(Op.ANY_BIT, PROT_EXEC, no=1), refuse, allow]
    return b"".join([*rules, refuse])


def _op(op: Op, value: int, yes: int = 0, no: int = 0) -> bytes:
    """One instruction; `yes` and `no` are how many to pass over then."""
    return struct.pack("HBBI", op, yes, no, value)
