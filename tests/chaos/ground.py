"""The system under chaos: the same parts, with the fault proxy between them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Protocol

from local import stores
from local.environments import SERVICES, Tell
from local.stack import free_port

from chaos import faults
from stack.compose import ComposeStack, docker
from stack.processes import ProcessStack

SETTINGS = {
    "*": {"LEASE_S": "2", "SWEEP_INTERVAL_S": "0.5", "SWEEP_GRACE_S": "1"},
    "image-service": {"RETRY_DELAYS_S": "0.2,0.2", "REUSE_FOR_S": "0"},
    "gateway": {"REQUESTS_PER_MINUTE": "100000"},
    "static-cdn": {"CREDENTIAL_REQUESTS_PER_SECOND": "100000"},
    "result-service": {"WEBHOOK_DELAYS_S": "1,2,4,8"},
}
LEASE_S = 2
PROXY = str(Path(faults.__file__))
BETWEEN = ("redis", "s3", "dynamodb", "user-service", "result-service", "image-service")
CONTROL_S = 10
STORE_PORTS = {"redis": 6379, "s3": 9000, "dynamodb": 8000}
FRONT_PORTS = {name: 7000 + place for place, name in enumerate(BETWEEN)}
CONTROL_PORT = 7100
# An instance is what the fork server has forked; with an argument, of that worker alone.
KILL_INSTANCE = """
import os, signal, sys
def read(pid, name):
    try:
        return open(f"/proc/{pid}/{name}", errors="replace").read()
    except OSError:
        return ""
def parent(pid):
    return (read(pid, "stat").rpartition(")")[2].split() or ["", ""])[1]
forked = {pid for pid in os.listdir("/proc") if "instances.forkserver" in read(pid, "cmdline")}
for pid in forked:
    if parent(pid) in forked and parent(parent(pid)) in (sys.argv[1:] or [parent(parent(pid))]):
        os.kill(int(pid), signal.SIGKILL)
        break
"""


def settings(webhook_url: str) -> dict[str, dict[str, str]]:
    """SETTINGS, with a receiver of webhooks that may be private."""
    return {
        **SETTINGS,
        "image-service": {**SETTINGS["image-service"], "FETCH_ALLOWED_ORIGINS": webhook_url},
    }


class Ground(Protocol):
    """What chaos does to a system, beyond what any test does."""

    def fault(self, part: str, kind: str, value: float) -> None: ...

    def kill_instance(self) -> None: ...

    def remember_redis(self) -> None:
        """Keep the append-only file as it is now."""

    def roll_back_redis(self) -> None:
        """Let Redis start again from the file that was kept last."""

    def log(self, service: str) -> str: ...

    def edge_address(self) -> str:
        """Behind its fault proxy."""


class ChaosStack(ProcessStack):
    def __init__(self, webhook_url: str) -> None:
        super().__init__(settings=settings(webhook_url))
        self._front = {name: free_port() for name in (*BETWEEN, "edge")}
        self._control = free_port()

    def start(self, tell: Tell = lambda _: None) -> None:
        self.launch("faults")
        super().start(tell)

    def fault(self, part: str, kind: str, value: float) -> None:
        _tell("127.0.0.1", self._control, part, kind, value)

    def kill_instance(self) -> None:
        worker = str(self.children["image-service"].pid)
        subprocess.run([sys.executable, "-c", KILL_INSTANCE, worker], check=True, timeout=CONTROL_S)

    def remember_redis(self) -> None:
        shutil.rmtree(self._past, ignore_errors=True)
        shutil.copytree(self._data, self._past)

    def roll_back_redis(self) -> None:
        self.kill("redis")
        shutil.rmtree(self._data)
        shutil.copytree(self._past, self._data)
        self.launch("redis")

    def log(self, service: str) -> str:
        return self.children[service].log.read_text(errors="replace")

    def edge_address(self) -> str:
        return f"http://127.0.0.1:{self._front['edge']}"

    @property
    def _data(self) -> Path:
        return self._run / "redis"

    @property
    def _past(self) -> Path:
        return self._run / "redis-past"

    def _command(self, name: str) -> list[str]:
        if name == "redis":
            self._data.mkdir(exist_ok=True)
            kept = ["--appendonly", "yes", "--appendfsync", "always", "--dir", str(self._data)]
            return [*stores.redis_command(self.ports["redis"]), *kept]
        if name == "faults":
            behind = {**self.ports, "edge": self.port}
            parts = {one: (port, "127.0.0.1", behind[one]) for one, port in self._front.items()}
            return [sys.executable, PROXY, json.dumps(parts), str(self._control), "127.0.0.1"]
        return super()._command(name)

    def _environment(self, name: str) -> dict[str, str]:
        given = super()._environment(name)
        if name not in SERVICES:
            return given
        for part in BETWEEN:
            straight, proxied = f"127.0.0.1:{self.ports[part]}", f"127.0.0.1:{self._front[part]}"
            for variable, value in given.items():
                if variable.endswith("_URL") or variable.startswith("AWS_ENDPOINT_URL_"):
                    given[variable] = value.replace(straight, proxied)
        return given


class ChaosComposeStack(ComposeStack):
    def __init__(self, webhook_url: str) -> None:
        super().__init__(settings(webhook_url))
        self._edge = free_port()
        self._edge_control = free_port()
        self._edge_proxy: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        parts = {"edge": (self._edge, "127.0.0.1", self.port)}
        self._edge_proxy = subprocess.Popen(
            [sys.executable, PROXY, json.dumps(parts), str(self._edge_control), "127.0.0.1"]
        )
        super().start()

    def stop(self) -> None:
        if self._edge_proxy is not None:
            self._edge_proxy.kill()
            self._edge_proxy.wait()
        super().stop()

    def fault(self, part: str, kind: str, value: float) -> None:
        if part == "edge":
            _tell("127.0.0.1", self._edge_control, part, kind, value)
        else:
            _tell(self.address("faults"), CONTROL_PORT, part, kind, value)

    def kill_instance(self) -> None:
        self.execute("image-service", "python", "-c", KILL_INSTANCE)

    def remember_redis(self) -> None:
        self.execute(
            "redis", "sh", "-c", "rm -rf /data/past && cp -r /data/appendonlydir /data/past"
        )

    def roll_back_redis(self) -> None:
        redis = self.inspect("redis")
        self.kill("redis")
        back = "rm -rf /data/appendonlydir && cp -r /data/past /data/appendonlydir"
        docker(
            "run",
            "--rm",
            "--network",
            "none",
            "--volumes-from",
            redis["Id"],
            "--user",
            redis["Config"]["User"],
            "--entrypoint",
            "sh",
            redis["Config"]["Image"],
            "-c",
            back,
        )
        self.launch("redis")

    def log(self, service: str) -> str:
        return self.compose("logs", "--no-log-prefix", "--no-color", service)

    def edge_address(self) -> str:
        return f"http://127.0.0.1:{self._edge}"

    def _override(self) -> dict[str, Any]:
        changes = super()._override()
        to = {name: f"faults:{port}" for name, port in FRONT_PORTS.items()}
        http = {name: f"http://{address}" for name, address in to.items()}
        addresses = {
            "REDIS_URL": f"redis://{to['redis']}/0",
            "AWS_ENDPOINT_URL_S3": http["s3"],
            "AWS_ENDPOINT_URL_DYNAMODB": http["dynamodb"],
            **{
                f"{one.upper().replace('-', '_')}_URL": http[one] for one in SERVICES if one in http
            },
        }
        for name in SERVICES:
            changes["services"][name]["environment"].update(addresses)
        parts = {
            name: (port, name, STORE_PORTS.get(name, 8000)) for name, port in FRONT_PORTS.items()
        }
        changes["services"]["faults"] = {
            "image": os.environ.get("USER_SERVICE_IMAGE", "sightline/user-service"),
            "command": [
                "python",
                "/faults.py",
                json.dumps(parts),
                str(CONTROL_PORT),
                "0.0.0.0",
            ],  # in its container
            "volumes": [f"{PROXY}:/faults.py:ro"],
            "networks": ["internal", "queue", "table", "bucket"],
            "init": True,
        }
        return changes


def _tell(host: str, port: int, part: str, kind: str, value: float) -> None:
    line = json.dumps({"part": part, "kind": kind, "value": value}) + "\n"
    end = time.monotonic() + CONTROL_S
    while True:
        try:
            with socket.create_connection((host, port), timeout=CONTROL_S) as control:
                control.sendall(line.encode())
                assert control.recv(16) == b"done\n"
                return
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
