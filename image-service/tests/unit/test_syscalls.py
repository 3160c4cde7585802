"""The filter, run as the kernel would run it, on each machine that it is for."""

import errno
import struct

import pytest
from system_calls import NEEDED, OTHERS

from image_service.instances import syscalls
from image_service.instances.syscalls import ALLOW, MACHINES, REFUSE

OWN_PID = 4711
ALL_ONES = (1 << 64) - 1
PLAIN = NEEDED.keys() - {"tgkill", "prlimit64", "mmap", "mprotect"}


def decided(name: str, number: int, *arguments: int, audit: int | None = None) -> int:
    """What becomes of a call on the machine of that name."""
    machine = MACHINES[name]
    given = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<iIQ6Q", number, audit or machine.audit, 0, *given)
    program = syscalls.program(machine, OWN_PID)
    accumulator, at = 0, 0
    while True:
        code, yes, no, value = struct.unpack_from("HBBI", program, 8 * at)
        at += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x15:
                at += yes if accumulator == value else no
            case 0x45:
                at += yes if accumulator & value else no
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(code)


machines = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


def number(name: str, machine: str) -> int | None:
    return {**OTHERS, **NEEDED}[name][("x86_64", "aarch64").index(machine)]


def needed(name: str, machine: str) -> int:
    found = number(name, machine)
    assert found is not None
    return found


@machines
def test_what_an_instance_needs_is_all_that_is_allowed(machine: str) -> None:
    allowed = {one for one in range(2000) if decided(machine, one, ALL_ONES) == ALLOW}
    assert allowed == {needed(name, machine) for name in PLAIN} | {
        # These two look at their third argument, which is nothing here.
        needed("mmap", machine),
        needed("mprotect", machine),
    }


@machines
@pytest.mark.parametrize("name", OTHERS)
def test_every_other_call_fails_with_eperm(machine: str, name: str) -> None:
    found = number(name, machine)
    if found is not None:
        assert decided(machine, found) == REFUSE
        assert decided(machine, found, OWN_PID, OWN_PID, ALL_ONES) == REFUSE
    assert REFUSE & 0xFFFF == errno.EPERM


@machines
def test_another_abi_of_the_machine_has_no_calls(machine: str) -> None:
    i386, arm, x32 = 0x40000003, 0x40000028, 0x40000000
    for one in range(600):
        for audit in (i386, arm, 0):
            assert decided(machine, one, audit=audit or 1) == REFUSE
        assert decided(machine, one | x32, OWN_PID) == REFUSE


@machines
def test_each_machine_refuses_the_calls_of_the_other(machine: str) -> None:
    other = next(one.audit for name, one in MACHINES.items() if name != machine)
    assert decided(machine, needed("getpid", machine), audit=other) == REFUSE


@machines
@pytest.mark.parametrize(
    ("pid", "decision"), [(OWN_PID, ALLOW), (OWN_PID + 1, REFUSE), (0, REFUSE), (ALL_ONES, REFUSE)]
)
def test_an_instance_signals_itself_alone(machine: str, pid: int, decision: int) -> None:
    assert decided(machine, needed("tgkill", machine), pid, OWN_PID, 6) == decision


@machines
@pytest.mark.parametrize(
    ("pid", "limit", "decision"),
    [(0, 0, ALLOW), (0, 4096, REFUSE), (0, 1 << 32, REFUSE), (OWN_PID + 1, 0, REFUSE)],
)
def test_an_instance_reads_its_own_limits_and_sets_none(
    machine: str, pid: int, limit: int, decision: int
) -> None:
    assert decided(machine, needed("prlimit64", machine), pid, 2, limit, 4096) == decision


@machines
@pytest.mark.parametrize("name", ["mmap", "mprotect"])
@pytest.mark.parametrize(("protection", "decision"), [(3, ALLOW), (4, REFUSE), (7, REFUSE)])
def test_no_memory_becomes_code(machine: str, name: str, protection: int, decision: int) -> None:
    assert decided(machine, needed(name, machine), 0, 4096, protection) == decision


def test_each_rule_is_needed_where_it_stands() -> None:
    """The machine is asked for first: numbers mean nothing before."""
    for machine in MACHINES.values():
        first = struct.unpack_from("HBBI", syscalls.program(machine, OWN_PID), 0)
        assert first == (0x20, 0, 0, 4)
