"""What an instance may never do, whatever a picture has made of it: start a process or a program,
open a connection, touch another process.

A seccomp filter in classic BPF, set once and for good (Linux kernel, Documentation/userspace-api/
seccomp_filter.rst; numbers from its syscall tables). It refuses and allows all else: it narrows what
a hostile picture can reach, and is no list of what a picture needs. Threads are allowed.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass
from enum import IntEnum

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # the latter with an errno in its low bits
CLONE_THREAD = 0x00010000
X32 = 0x40000000
"""System calls of x86-64's second ABI, under which the same calls have other numbers."""
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16
"""Offsets in the kernel's seccomp_data; the argument's low half, on little-endian machines."""


class Op(IntEnum):
    LOAD = 0x20
    EQUAL = 0x15
    AT_LEAST = 0x35
    ANY_BIT = 0x45
    RETURN = 0x06


@dataclass(frozen=True)
class Machine:
    """System calls by number. `signals` may go to the process itself and to no other."""

    audit: int
    clone: int
    clone3: int
    processes: tuple[int, ...]
    signals: tuple[int, ...]
    refused: tuple[int, ...]


MACHINES = {
    "x86_64": Machine(
        audit=0xC000003E,
        clone=56,
        clone3=435,
        processes=(57, 58),  # fork, vfork
        signals=(62, 200, 234),  # kill, tkill, tgkill
        # execve, execveat, socket, ptrace, process_vm_readv, process_vm_writev, io_uring_setup,
        # pidfd_open, pidfd_send_signal, pidfd_getfd
        refused=(59, 322, 41, 101, 310, 311, 425, 434, 424, 438),
    ),
    "aarch64": Machine(
        audit=0xC00000B7,
        clone=220,
        clone3=435,
        processes=(),
        signals=(129, 130, 131),
        refused=(221, 281, 198, 117, 270, 271, 425, 434, 424, 438),
    ),
}


def confine() -> None:
    """This process and its threads, from here on. Raises OSError where the kernel will not; other
    systems than Linux and other machines than ours have no filter, and are left as they are."""
    machine = MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return
    program = _program(machine, os.getpid())
    held = ctypes.create_string_buffer(program)
    header = struct.pack("HP", len(program) // 8, ctypes.addressof(held))
    _prctl(PR_SET_NO_NEW_PRIVS, 1, 0)
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header)


def _program(machine: Machine, own_pid: int) -> bytes:
    """Each rule goes on to the next when it does not apply; the last allows."""
    refuse, again = _return(REFUSE | errno.EPERM), _return(REFUSE | errno.EAGAIN)
    rules = [
        _op(Op.LOAD, ARCHITECTURE), _op(Op.EQUAL, machine.audit, yes=1), refuse,
        _op(Op.LOAD, NUMBER),
    ]  # fmt: skip
    if machine.audit == MACHINES["x86_64"].audit:
        rules += [_op(Op.AT_LEAST, X32, no=1), refuse]
    for number in machine.processes:
        rules += [_op(Op.EQUAL, number, no=1), again]
    for number in machine.refused:
        rules += [_op(Op.EQUAL, number, no=1), refuse]
    # Its flags lie in memory, where no filter sees them: the C library does with clone instead.
    rules += [_op(Op.EQUAL, machine.clone3, no=1), _return(REFUSE | errno.ENOSYS)]
    for number in machine.signals:
        rules += [
            _op(Op.EQUAL, number, no=4), _op(Op.LOAD, FIRST_ARGUMENT),
            _op(Op.EQUAL, own_pid, yes=1), refuse, _return(ALLOW),
        ]  # fmt: skip
    rules += [
        _op(Op.EQUAL, machine.clone, no=3), _op(Op.LOAD, FIRST_ARGUMENT),
        _op(Op.ANY_BIT, CLONE_THREAD, yes=1), again, _return(ALLOW),
    ]  # fmt: skip
    return b"".join(rules)


def _op(op: Op, value: int, yes: int = 0, no: int = 0) -> bytes:
    """One instruction; `yes` and `no` are how many to pass over then."""
    return struct.pack("HBBI", op, yes, no, value)


def _return(value: int) -> bytes:
    return _op(Op.RETURN, value)


def _prctl(option: int, first: int, second: int | bytes) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(first), second, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {option}")
