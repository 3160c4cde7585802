"""What each container may do, read from the running containers and not from the file."""

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from local.errors import StackError

from stack.compose import OURS, PARTS, ComposeStack, docker

WITH_A_WAY_OUT = "image-service"
REACHES = {
    "dynamodb:8000": {"user-service"},
    "s3:9000": {"result-service", "static-cdn"},
    "redis:6379": {"gateway", "result-service", "image-service"},
    "user-service:8000": {"gateway", "result-service", "image-service"},
    "result-service:8000": {"gateway", "user-service", "image-service"},
    "image-service:8000": {"gateway", "user-service", "result-service", "static-cdn"},
    "gateway:8000": {"static-cdn", "user-service", "result-service", "image-service"},
    "static-cdn:8080": {"gateway", "image-service"},
}
WRITABLE = {
    "static-cdn": {"/run/sightline"},
    "redis": {"/tmp", "/data"},
    "dynamodb": {"/tmp", "/data"},
    "s3": {"/tmp", "/data"},
    **{name: {"/tmp", f"/run/service-keys/{name}"} for name in ("gateway", "image-service")},
    "result-service": {"/tmp", "/run/service-keys/result-service", "/var/lib/result-service"},
}
MEMORY_AT_MOST = 1536 << 20
"""Of image-service: two instances and one that reads text, each with 512 MB, come near to it."""
KERNEL = ("/proc", "/sys", "/dev")
OUTSIDE_ADDRESS, HOST_ADDRESS, PORT = "198.18.77.2", "198.18.77.1", 8099


def read(stack: ComposeStack, part: str, path: str) -> str:
    return stack.execute(part, "cat", path)


@pytest.mark.parametrize("part", PARTS)
def test_no_root_no_capabilities_no_new_privileges(stack: ComposeStack, part: str) -> None:
    status = dict(
        line.split(":\t", 1)
        for line in read(stack, part, "/proc/1/status").splitlines()
        if ":\t" in line
    )
    assert "0" not in status["Uid"].split()
    assert "0" not in status["Gid"].split()
    sets = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
    assert {int(status[name], 16) for name in sets} == {0}
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


@pytest.mark.parametrize("part", PARTS)
def test_the_root_is_read_only_and_little_else_is_not(stack: ComposeStack, part: str) -> None:
    mounts = [line.split() for line in read(stack, part, "/proc/1/mounts").splitlines()]
    options = {target: set(given.split(",")) for _, target, _, given, *_ in mounts}
    assert "ro" in options["/"]
    writable = {
        target
        for target, given in options.items()
        if "rw" in given
        and not target.startswith(KERNEL)
        and target not in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")
    }
    assert writable == WRITABLE.get(part, {"/tmp"})
    assert not any("docker.sock" in part for line in mounts for part in line)


@pytest.mark.parametrize("part", PARTS)
def test_processes_and_memory_are_limited(stack: ComposeStack, part: str) -> None:
    two = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max"
    one = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max"
    memory, pids = stack.execute(part, "sh", "-c", f"{two} 2>/dev/null || {one}").split()[-2:]
    assert int(memory) <= MEMORY_AT_MOST
    assert int(pids) <= 256


def test_only_the_edge_publishes_a_port_and_on_loopback(stack: ComposeStack) -> None:
    for part in PARTS:
        ports = stack.inspect(part)["NetworkSettings"]["Ports"] or {}
        bound = [
            (one["HostIp"], one["HostPort"]) for given in ports.values() for one in given or ()
        ]
        expected = {("127.0.0.1", str(stack.port))} if part == "static-cdn" else set()
        assert set(bound) == expected, part


def test_each_part_reaches_what_it_needs_and_nothing_else(stack: ComposeStack) -> None:
    """By the name, and by every address that the target has."""

    def reached(target: str) -> set[str]:
        name, port = target.split(":")
        networks = stack.inspect(name)["NetworkSettings"]["Networks"]
        hosts = (name, *(one["IPAddress"] for one in networks.values()))
        others = (part for part in OURS if part != name)
        return {
            part for part in others if any(connects(stack, part, host, int(port)) for host in hosts)
        }

    with ThreadPoolExecutor() as pool:
        found = dict(zip(REACHES, pool.map(reached, REACHES), strict=True))
    assert found == REACHES


def connects(stack: ComposeStack, part: str, host: str, port: int) -> bool:
    """Whether a connection can be opened from inside a container."""
    if part == "static-cdn":
        command = ["timeout", "1", "bash", "-c", f"exec 3<>/dev/tcp/{host}/{port}"]
    else:
        code = f"import socket; socket.create_connection(({host!r}, {port}), 1)"
        command = ["python", "-c", code]
    try:
        stack.execute(part, *command)
    except StackError:
        return False
    return True


def test_a_default_route_is_where_a_way_is_needed(stack: ComposeStack) -> None:
    found = {
        part
        for part in PARTS
        if re.search(r"^\S+\t00000000\t", read(stack, part, "/proc/net/route"), re.MULTILINE)
    }
    # The edge has one for its published port; the next test proves that it leads nowhere.
    assert found == {WITH_A_WAY_OUT, "static-cdn"}


@pytest.fixture
def outside() -> Iterator[str]:
    """A host of another network, in a namespace of its own, that echoes nothing and listens. It
    knows the way to this machine, as the internet does, and not to the containers' networks."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network namespace needs root and iproute2")
    name = f"sl{secrets.token_hex(3)}"

    def ip(*arguments: str) -> None:
        subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=10)

    with contextlib.ExitStack() as undo:
        ip("netns", "add", name)
        undo.callback(ip, "netns", "del", name)
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("addr", "add", f"{HOST_ADDRESS}/30", "dev", name)
        ip("link", "set", name, "up")
        ip("-n", name, "addr", "add", f"{OUTSIDE_ADDRESS}/30", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        code = (
            f"import socket; s = socket.create_server(('', {PORT})); print('ready', flush=True)\n"
            "while True: s.accept()[0].close()"
        )
        listener = subprocess.Popen(
            ["ip", "netns", "exec", name, sys.executable, "-c", code], stdout=subprocess.PIPE
        )
        undo.callback(listener.wait)
        undo.callback(listener.kill)
        assert listener.stdout is not None
        undo.callback(listener.stdout.close)
        assert listener.stdout.readline() == b"ready\n"
        yield OUTSIDE_ADDRESS


def test_the_worker_alone_has_a_way_out(stack: ComposeStack, outside: str) -> None:
    assert {part for part in OURS if connects(stack, part, outside, PORT)} == {WITH_A_WAY_OUT}


def test_docker_starts_each_part_again(stack: ComposeStack) -> None:
    policies = {part: stack.inspect(part)["HostConfig"]["RestartPolicy"]["Name"] for part in PARTS}
    assert set(policies.values()) == {"unless-stopped"}


def test_every_secret_is_where_it_is_needed_and_nowhere_else(stack: ComposeStack) -> None:
    for volume, readers in {
        "server-key": {"user-service"},
        "gateway-key": {"gateway"},
        "s3-credentials": {"result-service", "s3"},
        "s3-data": {"s3"},
        "dynamodb-data": {"dynamodb"},
        "redis-data": {"redis"},
    }.items():
        name = (
            f"{stack.inspect('redis')['Config']['Labels']['com.docker.compose.project']}_{volume}"
        )
        holders = docker(
            "ps",
            "--filter",
            f"volume={name}",
            "--format",
            '{{.Label "com.docker.compose.service"}}',
        )
        assert set(holders.split()) == readers, volume
