"""The same system as containers, in a compose project of its own, with the methods of Stack."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.environments import ROOT, SERVICES
from local.errors import StackError
from local.stack import free_port, wait_until_ready

from stack.system import System

PROJECT = os.environ.get("COMPOSE_PROJECT_NAME", "sightline-test")
OURS = ("static-cdn", *SERVICES)
PARTS = (*OURS, "redis", "dynamodb", "s3")
"""What runs for as long as the system does."""
COMMAND_S = 120
BUILD_S = 1500
START_S = 180
OUTSIDE = "origin.test"
"""What image-service calls this machine, for tests that serve pictures to it."""


def engine_answers() -> bool:
    """Whether an engine and the Compose plugin can be used here."""
    if shutil.which("docker") is None:
        return False
    commands = (
        ["docker", "version", "--format", "{{.Server.Version}}"],
        ["docker", "compose", "version", "--short"],
    )
    try:
        return not any(
            subprocess.run(command, capture_output=True, timeout=20, check=False).returncode
            for command in commands
        )
    except subprocess.TimeoutExpired:
        return False


def docker(*arguments: str, timeout: float = COMMAND_S) -> str:
    """What a docker command printed. Raises StackError."""
    return _run(["docker", *arguments], timeout, None)


def bridge_address() -> str:
    """This machine's address on Docker's default network."""
    asked = "{{(index .IPAM.Config 0).Gateway}}"
    return docker("network", "inspect", "bridge", "--format", asked).strip()


class ComposeStack(System):
    """`settings` are environment variables per service name, or for all services under "*"."""

    def __init__(self, settings: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.port = free_port()
        self._settings = {name: dict(given) for name, given in (settings or {}).items()}
        self._home = Path(tempfile.mkdtemp(prefix="sightline-"))

    def start(self) -> None:
        """Build what has changed and start from empty volumes."""
        self.compose("down", "--volumes", "--remove-orphans")
        self.compose("build", "--quiet", timeout=BUILD_S)
        self.up()

    def up(self, *options: str) -> None:
        self.compose("up", "--detach", "--wait", *options, timeout=START_S)

    def stop(self) -> None:
        self.compose("down", "--volumes", "--remove-orphans")
        shutil.rmtree(self._home, ignore_errors=True)

    def compose(self, *arguments: str, timeout: float = COMMAND_S) -> str:
        """What `docker compose` printed. Raises StackError."""
        return _run(["docker", "compose", *arguments], timeout, self.environment())

    def compose_with(self, variables: Mapping[str, str], *arguments: str) -> str:
        """The same with variables, and with files that come after the stack's own."""
        environment = self.environment()
        given = list(arguments)
        while "--file" in given:
            place = given.index("--file")
            environment["COMPOSE_FILE"] += f":{given[place + 1]}"
            del given[place : place + 2]
        command = ["docker", "compose", *given]
        return _run(command, START_S, {**environment, **variables})

    def environment(self) -> dict[str, str]:
        """With it, any `docker compose` command is about this stack."""
        override = self._home / "override.json"
        override.write_text(json.dumps(self._override()))
        return {
            **os.environ,
            "COMPOSE_PROJECT_NAME": PROJECT,
            "COMPOSE_FILE": f"{ROOT / 'docker-compose.yml'}:{override}",
            "SIGHTLINE_HOME": str(ROOT),
            "SOURCE_COMMIT": commit(),
            "PORT": str(self.port),
        }

    def containers(self, service: str = "") -> list[str]:
        """Ids, of those that have ended as well."""
        return self.compose("ps", "--all", "--quiet", *([service] if service else [])).split()

    def inspect(self, service: str) -> dict[str, Any]:
        """Docker's own account of a service's first container."""
        return dict(json.loads(docker("inspect", self.containers(service)[0]))[0])

    def execute(self, service: str, *command: str) -> str:
        return self.compose("exec", "--no-TTY", service, *command)

    def address(self, service: str) -> str:
        """The container's address, which the machine that runs it reaches."""
        networks = self.inspect(service)["NetworkSettings"]["Networks"]
        return str(next(iter(networks.values()))["IPAddress"])

    @property
    def redis_url(self) -> str:
        return f"redis://{self.address('redis')}:6379/0"

    def bucket(self) -> tuple[str, str, str]:
        lines = self.execute("result-service", "cat", "/run/secrets/s3/credentials").splitlines()
        values = dict(line.split(" = ") for line in lines if " = " in line)
        host = f"{self.address('s3')}:9000"
        return host, values["aws_access_key_id"], values["aws_secret_access_key"]

    def table(self) -> tuple[str, str, str]:
        return f"http://{self.address('dynamodb')}:8000", "local", "local"

    def command(self, service: str, *arguments: str) -> str:
        return self.execute(service, "python", "-m", service.replace("-", "_"), *arguments)

    def kill(self, name: str) -> None:
        docker("kill", *self.containers(name))

    def launch(self, name: str) -> None:
        docker("start", *self.containers(name))

    def pause(self, name: str) -> None:
        # Not `docker pause`: it stops a health check that is just being started as well, and the
        # engine waits for that one forever.
        self.execute(name, "sh", "-c", "kill -STOP -1")

    def resume(self, name: str) -> None:
        self.execute(name, "sh", "-c", "kill -CONT -1")

    def reconfigure(self, name: str, **settings: str) -> None:
        before = self._settings.get(name, {})
        self._settings[name] = {**before, **settings}
        try:
            self.compose("up", "--detach", "--no-deps", "--wait", name)
        finally:
            self._settings[name] = before

    def wait_until_ready(self) -> None:
        wait_until_ready(self.base_url)

    def _override(self) -> dict[str, Any]:
        common = self._settings.get("*", {})
        changes: dict[str, Any] = {
            name: {"environment": {**common, **self._settings.get(name, {})}} for name in OURS
        }
        changes["image-service"]["extra_hosts"] = [f"{OUTSIDE}:host-gateway"]
        return {"services": changes}


def commit() -> str:
    """Of the checkout; "unknown" where there is no git."""
    try:
        return _run(["git", "-C", str(ROOT), "rev-parse", "HEAD"], COMMAND_S, None).strip()
    except StackError:
        return "unknown"


def _run(command: list[str], timeout: float, environment: dict[str, str] | None) -> str:
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"{' '.join(command[:3])} failed: {error}") from error
    if done.returncode:
        raise StackError(f"{' '.join(command)} failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout
