"""`make demo` says in one line what is wrong, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from conftest import PASSWORD, until
from stack import environments
from stack.environments import ROOT
from stack.errors import StackError
from stack.stack import free_port, port_is_free

COMMAND = [sys.executable, str(ROOT / "tests" / "stack")]
START_S = 240


def demo(port: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        COMMAND, env={**os.environ, "PORT": port}, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


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
        ["make", "admin", f"EMAIL={email}"], env={**os.environ, "PORT": port}, cwd=ROOT, text=True,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


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
    process = demo(str(free_port()))
    assert process.stdout is not None
    process.stdout.readline()
    victim = next(
        pid for pid in descendants(process.pid)
        if b"result_service" in Path(f"/proc/{pid}/cmdline").read_bytes()
    )  # fmt: skip
    os.kill(victim, signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("sightline: result-service ended with status -9")
    assert errors.count("\n") == 1
