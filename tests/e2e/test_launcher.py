"""`make demo` says in one line what is wrong, and leaves nothing behind."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import httpx2
import pytest
from local import environments, stack
from local.environments import ROOT
from local.errors import StackError
from local.stack import free_port, port_is_free

from conftest import PASSWORD, until

pytestmark = [pytest.mark.processes_only, pytest.mark.one_version]

COMMAND = [sys.executable, str(ROOT / "deploy" / "local")]
START_S = 240


def demo(port: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        COMMAND,
        env={**os.environ, "PORT": port},
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def descendants(pid: int) -> set[int]:
    """Every living process whose ancestor is `pid`."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(stat.parent.name)] = int(fields[1])
    found = {pid}
    while True:
        more = {one for one, parent in parents.items() if parent in found} - found
        if not more:
            return found - {pid}
        found |= more


@pytest.mark.parametrize("port", ["zero", "0", "70000"])
def test_a_port_that_is_none_is_one_line(port: str) -> None:
    process = demo(port)
    _, errors = process.communicate(timeout=START_S)
    assert (process.returncode, errors) == (1, f"sightline: PORT={port} is not a port\n")


def test_a_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = demo(str(port))
        _, errors = process.communicate(timeout=START_S)
    assert process.returncode == 1
    assert errors == f"sightline: port {port} is in use; choose another with PORT=\n"


class Pretended:
    """Environments of one line each, made in a cache of their own, by an interpreter of any name."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.told: list[str] = []
        self._patch = monkeypatch
        monkeypatch.setattr(environments, "CACHE", tmp_path / "cache")
        monkeypatch.setattr(environments, "_kept", {})
        monkeypatch.setattr(environments, "_run", self._run)

    def _run(self, *command: str, **_environment: str) -> None:
        self.made.append(" ".join(command))
        after = dict(pairwise(command))
        targets = dict.fromkeys(("venv", "samples"), command[-1])
        targets |= {one: after.get(one, "") for one in ("app", "libraries")}
        for word, target in targets.items():
            if word in command:
                shutil.rmtree(target, ignore_errors=True)
                Path(target).mkdir(parents=True)
        if "--target" in command:
            Path(command[command.index("--target") + 1]).mkdir(parents=True, exist_ok=True)

    def start(self, python: str = "3.11") -> dict[str, Path]:
        self._patch.setattr(sys, "version", python)
        self.made.clear()
        self.told.clear()
        environments.prepare(self.told.append)
        return {name: environments.python(name) for name in environments.SERVICES}

    def end(self) -> None:
        """As the end of the process does."""
        for file in environments._kept.values():
            os.close(file)
        environments._kept.clear()


@pytest.fixture
def pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pretended]:
    made = Pretended(tmp_path, monkeypatch)
    yield made
    made.end()


def files(folder: Path) -> set[tuple[str, int]]:
    """With the inode of each: made anew it is another."""
    return {(str(one), one.stat().st_ino) for one in folder.rglob("*")}


def test_a_start_with_another_python_takes_nothing_from_one_that_runs(pretended: Pretended) -> None:
    first = pretended.start("3.11")
    before = files(environments.CACHE)
    second = pretended.start("3.13")
    assert set(first.values()).isdisjoint(second.values())
    assert before <= files(environments.CACHE)
    assert pretended.start("3.11") == first
    assert pretended.made == []


def test_a_first_start_says_what_it_makes_and_how_far_it_is(pretended: Pretended) -> None:
    pretended.start()
    said, *steps = pretended.told
    assert all(name in said for name in (*environments.SERVICES, "samples", "web app"))
    assert len(steps) == 7
    assert [line.partition(":")[0] for line in steps] == [f"{one} of 7" for one in range(1, 8)]


def test_a_second_start_makes_nothing_and_says_nothing(pretended: Pretended) -> None:
    pretended.start()
    pretended.start()
    assert (pretended.made, pretended.told) == ([], [])


def test_a_changed_lock_has_an_environment_of_its_own(
    pretended: Pretended, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = pretended.start()["gateway"]
    other = tmp_path / "other.lock"
    other.write_text("other")
    lock = environments._lock
    monkeypatch.setattr(
        environments, "_lock", lambda root, name: other if name == "gateway" else lock(root, name)
    )
    assert pretended.start()["gateway"] != first
    assert first.parents[1].is_dir()
    assert [line for line in pretended.told if "gateway" in line] == pretended.told


def test_what_nothing_runs_in_goes_after_a_week_and_what_runs_stays(pretended: Pretended) -> None:
    first = pretended.start("3.11")["gateway"].parents[1]
    mark = first.with_name(f"{first.name}.in-use")
    long_ago = time.time() - environments.UNUSED_S - 1
    os.utime(mark, (long_ago, long_ago))
    pretended.start("3.13")
    assert first.is_dir(), "it is in use"
    pretended.end()
    pretended.start("3.13")
    assert not first.exists()
    assert not mark.exists()


def test_of_two_starts_at_once_one_makes_and_the_other_waits(pretended: Pretended) -> None:
    environments.CACHE.mkdir()
    with ThreadPoolExecutor() as pool, (environments.CACHE / "making").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        waiting = pool.submit(pretended.start)
        until(lambda: pretended.told or None)
        assert pretended.told == ["another start makes what is missing; waiting for it"]
        assert pretended.made == []
        fcntl.flock(file, fcntl.LOCK_UN)
        waiting.result(timeout=60)
    assert pretended.made


def test_a_refused_start_leaves_the_announcement_of_the_one_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "CACHE", tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        first = stack.Stack(port)
        first.announce()
        known = stack.running(port).read_text()
        second = stack.Stack(port)
        with pytest.raises(StackError):
            second.start()
        second.stop()
        assert stack.running(port).read_text() == known
        first.stop()
        assert not stack.running(port).exists()


def test_a_python_without_venv_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\necho 'No module named venv' >&2; exit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(environments, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(StackError) as error:
        environments.prepare()
    assert "install its venv module" in str(error.value)
    assert "\n" not in str(error.value)


def test_an_account_of_the_demo_becomes_an_admin() -> None:
    port = str(free_port())
    process = demo(port)
    assert process.stdout is not None
    process.stdout.readline()
    who = {"email": "root@example.test", "password": PASSWORD}
    form = {"grant_type": "password", "username": who["email"], "password": PASSWORD}
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        assert http.post("/v1/users", json=who).status_code == 201
        assert make_admin(port, who["email"]).returncode == 0
        assert "admin" in http.post("/v1/oauth/token", data=form).json()["scope"].split()
    assert "nobody@example.test" in make_admin(port, "nobody@example.test").stderr
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)


def make_admin(port: str, email: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "admin", f"EMAIL={email}"],
        env={**os.environ, "PORT": port},
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_ctrl_c_stops_everything_it_started() -> None:
    port = free_port()
    process = demo(str(port))
    assert process.stdout is not None
    line = process.stdout.readline()
    assert f"http://127.0.0.1:{port}" in line
    assert "in memory" in line
    started = descendants(process.pid)
    assert len(started) >= 7
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert port_is_free(port)
    until(lambda: None if any(Path(f"/proc/{pid}").exists() for pid in started) else True)


def test_a_dead_child_is_one_line_and_the_end() -> None:
    environments.prepare()  # of which a first start would tell as well
    process = demo(str(free_port()))
    assert process.stdout is not None
    process.stdout.readline()
    victim = next(
        pid
        for pid in descendants(process.pid)
        if b"result_service" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    os.kill(victim, signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("sightline: result-service ended with status -9")
    assert errors.count("\n") == 1
