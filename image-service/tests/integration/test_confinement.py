"""From inside a real instance nothing can be reached: every way out that we know is tried."""

import ctypes
import json
import multiprocessing.connection
import os
import platform
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pools import USER, pool

from image_service.instances import child, confinement, forkserver, syscalls
from image_service.instances.answers import NotAnalysed
from image_service.instances.confinement import Unconfinable

PR_GET_DUMPABLE = 3


@pytest.mark.parametrize("attempts", ["calls", "numbers", "ways"])
async def test_whoever_has_taken_an_instance_over_gets_nowhere(attempts: str) -> None:
    async with pool(cap=1, function="attacker") as instances:
        ran = await instances.run(str(os.getpid()).encode(), [attempts], USER)
    assert ran.answer == NotAnalysed("not-an-image", "")


async def test_the_memory_of_the_worker_is_not_to_be_had_by_others_of_its_user() -> None:
    """That of the fork server neither: its children, which have it from there, tell so."""
    async with pool(cap=1):
        assert ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0


def test_an_instance_has_its_connection_and_nothing_else() -> None:
    own, its = socket.socketpair()
    with own, its:
        pid = os.fork()
        if not pid:
            try:
                connection = child._alone(its.fileno())
                links = {number: Path("/proc/self/fd", str(number)) for number in range(64)}
                kept = {number: str(one.readlink()) for number, one in links.items() if _is(one)}
                connection.sendall(json.dumps(kept).encode())
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        kept = json.loads(own.recv(4096))
    assert kept.keys() == {"0", "1", "2", "3"}
    assert [kept[name] for name in "012"] == [os.devnull] * 3
    assert kept["3"].startswith("socket:")


def _is(link: Path) -> bool:
    return os.path.lexists(link)


def test_landlock_alone_keeps_an_instance_from_files() -> None:
    refused = _in_a_child(_with_landlock_alone)
    if refused is None:
        pytest.skip("this kernel has no Landlock")
    assert refused == ["read", "written", "listed", "a file of /proc"]


def _with_landlock_alone() -> list[str] | None:
    kept, confinement.forbid_calls = confinement.forbid_calls, lambda _machine: None
    has_landlock = confinement._call(confinement.LANDLOCK_CREATE_RULESET, None, 0, 1) > 0
    confinement.confine()
    confinement.forbid_calls = kept
    if not has_landlock:
        return None
    tried: dict[str, Callable[[], object]] = {
        "read": Path(sys.executable).read_bytes,
        "written": lambda: Path("/dev/null").write_bytes(b""),
        "listed": lambda: next(Path("/").iterdir()),
        "a file of /proc": Path("/proc/self/status").read_bytes,
    }
    return [name for name, attempt in tried.items() if _raises(PermissionError, attempt)]


def test_the_filter_alone_keeps_an_instance_from_files() -> None:
    assert _in_a_child(_with_the_filter_alone) == ["read", "a socket"]


def _with_the_filter_alone() -> list[str]:
    confinement.forbid_files = lambda: False
    # What is to be sent back needs a call that no instance has.
    syscalls.CALLS["write"] = (1, 64)
    confinement.confine()
    tried: dict[str, Callable[[], object]] = {
        "read": Path(sys.executable).read_bytes,
        "a socket": socket.socket,
    }
    return [name for name, attempt in tried.items() if _raises(PermissionError, attempt)]


@pytest.mark.parametrize(("system", "machine"), [("linux", "riscv64"), ("darwin", "x86_64")])
def test_where_instances_cannot_be_confined_there_are_none(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(Unconfinable, match=machine):
        confinement.confine()
    with pytest.raises(Unconfinable, match=machine):
        confinement.undumpable()


async def test_a_worker_whose_instances_cannot_be_confined_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(Unconfinable):
        async with pool():
            pytest.fail("it started")


def test_a_fork_server_whose_kernel_refuses_the_filter_does_not_start() -> None:
    assert _in_a_child(_start_without_seccomp) == "instances cannot be confined here"


def _start_without_seccomp() -> str:
    def refused(_machine: syscalls.Machine) -> None:
        raise Unconfinable(22, "no such filter")

    confinement.forbid_calls = refused
    own, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    own.close()  # it ends at once where it starts
    try:
        forkserver.main(str(its.detach()), "attacker", "")
    except RuntimeError as error:
        return str(error)
    except BrokenPipeError:
        return "it started"
    return "it served"


def _raises(kind: type[Exception], attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except kind:
        return True
    return False


def _in_a_child(what: Callable[[], object]) -> object:
    """What it returns in a process of its own, which it may spoil."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(sending, what), daemon=True)
    child.start()
    sending.close()
    try:
        return receiving.recv()
    finally:
        child.join(10)


def _send(connection: "multiprocessing.connection.Connection", what: Callable[[], object]) -> None:
    connection.send(what())
    os._exit(0)
