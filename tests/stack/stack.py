"""The whole system: stores, services, edge, in the order in which they need each other."""

import http.client
import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from stack import edge, stores
from stack.environments import CACHE, ROOT, SERVICES, Tell, prepare, python
from stack.errors import StackError
from stack.processes import Child
from stack.released import Released
from stack.system import System

READY_S = 60
SETUP_S = 60
KEY_BYTES = 32
PORTS = (20_000, 32_000)
_given: set[int] = set()
MODELS = ROOT / "image-service" / "models"


class Stack(System):
    """`settings` are environment variables per service name, or for all under "*". Ports of
    everything but the edge are free ones. `released` runs as it was, the rest as it lies here."""

    def __init__(
        self,
        port: int = 0,
        settings: Mapping[str, Mapping[str, str]] | None = None,
        *,
        with_nginx: bool = True,
        released: Released | None = None,
    ) -> None:
        self.port = port or free_port()
        self.ports = {name: free_port() for name in (*SERVICES, "redis", "dynamodb", "s3")}
        self.children: dict[str, Child] = {}
        self._settings = settings or {}
        self._released = released
        self._nginx = edge.nginx() if with_nginx else None
        self._run = Path(tempfile.mkdtemp(prefix="sightline-"))
        self._announced = False
        if self._nginx is None:
            self.ports["gateway"] = self.port

    @property
    def redis_url(self) -> str:
        return stores.external_redis() or f"redis://127.0.0.1:{self.ports['redis']}/0"

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def start(self, tell: Tell = lambda _: None) -> None:
        """`tell` is called with a line now and then where it takes long. Raises StackError with one
        clear line; stop() is then still to be called."""
        if not port_is_free(self.port):
            raise StackError(f"port {self.port} is in use; choose another with PORT=")
        prepare(tell)
        for key in ("server.key", "digest.key"):
            (self._run / key).write_bytes(secrets.token_bytes(KEY_BYTES))
        for name in SERVICES:
            (self._run / f"{name}.seed").write_bytes(secrets.token_bytes(KEY_BYTES))
            (self._run / "service-keys" / name).mkdir(parents=True)
        if stores.external_redis() is None:
            self.launch("redis")
        for name in ("dynamodb", "s3"):
            self.launch(name)
        for name in ("dynamodb", "s3"):
            self._wait_for_port(name)
        self._setup()
        for name in SERVICES:
            self.launch(name)
        if self._nginx is not None:
            self.launch("edge")
        self.wait_until_ready()

    def launch(self, name: str) -> Child:
        child = Child(name, self._command(name), self._environment(name), self._log(name))
        self.children[name] = child
        return child

    def launch_beside(self, name: str, **settings: str) -> str:
        """One more of a service, on the same stores; its address. kill(f"{name}-beside") ends it."""
        beside, port = f"{name}-beside", free_port()
        environment = {**self._environment(name), "PORT": str(port), **settings}
        child = Child(beside, self._command(name), environment, self._log(beside))
        self.children[beside] = child
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, child.check)
        return url

    def kill(self, name: str) -> None:
        self.children[name].kill()

    def pause(self, name: str) -> None:
        self.children[name].signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self.children[name].signal(signal.SIGCONT)

    def reconfigure(self, name: str, **settings: str) -> None:
        self.children[name].stop()
        before = self._settings
        self._settings = {**before, name: {**before.get(name, {}), **settings}}
        self.launch(name)
        self._settings = before
        self.wait_until_ready()

    def logs(self) -> list[Path]:
        """What each part has printed since this stack, or one before on its port, was started."""
        return sorted(self._log("").parent.glob("*.log"))

    def secret(self, name: str) -> Path:
        """`server.key`, or a service's `<name>.seed`: for tests of what who has them could do."""
        return self._run / name

    def bucket(self) -> tuple[str, str, str]:
        return f"127.0.0.1:{self.ports['s3']}", "demo", "demo"

    def table(self) -> tuple[str, str, str]:
        return self.url("dynamodb"), "demo", "demo"

    def wait_until_ready(self, seconds: float = READY_S) -> None:
        wait_until_ready(self.base_url, self.check, seconds)

    def announce(self) -> None:
        """Let `make admin` find user-service, for as long as this runs."""
        known = {
            "command": self._command("user-service"),
            "environment": self._environment("user-service"),
        }
        running(self.port).parent.mkdir(parents=True, exist_ok=True)
        running(self.port).write_text(json.dumps(known))
        self._announced = True

    def check(self) -> None:
        """Raises StackError when a part has ended."""
        for child in self.children.values():
            child.check()

    def stop(self) -> None:
        """Everything, in mirrored order."""
        for child in reversed(self.children.values()):
            child.stop()
        self.children.clear()
        if self._announced:  # else it is another's, which has the port
            running(self.port).unlink(missing_ok=True)
        shutil.rmtree(self._run, ignore_errors=True)

    def _setup(self) -> None:
        for name in ("user-service", "result-service", "image-service"):
            self.command(name, "setup")

    def command(self, service: str, *arguments: str) -> str:
        command = [*self._command(service), *arguments]
        done = subprocess.run(
            command,
            env=self._environment(service),
            capture_output=True,
            text=True,
            timeout=SETUP_S,
            check=False,
        )
        if done.returncode:
            shown = " ".join(arguments)
            raise StackError(f"{service} {shown} failed: {done.stderr.strip()[-300:]}")
        return done.stdout

    def _command(self, name: str) -> list[str]:
        if name == "redis":
            return stores.redis_command(self.ports["redis"])
        if name in ("dynamodb", "s3"):
            return stores.aws_command(self.ports[name])
        if name == "edge":
            assert self._nginx is not None
            return edge.command(
                self._nginx,
                self._run,
                self.port,
                self.ports["gateway"],
                self.ports["s3"],
                self._home(edge.NAME) / edge.NAME,
                self._static(),
            )
        found = self._released
        interpreter = found.python() if found and found.name == name else python(name)
        return [str(interpreter), "-m", name.replace("-", "_")]

    def _home(self, name: str) -> Path:
        """The folder that holds the part's own and contracts/."""
        found = self._released
        return found.home if found and found.name == name else ROOT

    def _static(self) -> Path:
        found = self._released
        return found.static() if found and found.name == edge.NAME else edge.STATIC

    def _environment(self, name: str) -> dict[str, str]:
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        if name not in SERVICES:
            return kept
        given = {
            **kept,
            "PYTHONPATH": f"{self._home(name) / name / 'src'}:{self._home(name) / 'contracts/src'}",
            "PORT": str(self.ports[name]),
            "REDIS_URL": self.redis_url,
            **{f"{one.upper().replace('-', '_')}_URL": self.url(one) for one in SERVICES},
            "AWS_ENDPOINT_URL_DYNAMODB": self.url("dynamodb"),
            "AWS_ENDPOINT_URL_S3": self.url("s3"),
            "S3_PUBLIC_URL": self.url("s3") if self._nginx is None else self.base_url,
            "AWS_ACCESS_KEY_ID": "demo",
            "AWS_SECRET_ACCESS_KEY": "demo",
            "AWS_EC2_METADATA_DISABLED": "true",
            "SERVER_KEY_FILE": str(self._run / "server.key"),
            "SERVICE_KEY_FILE": str(self._run / f"{name}.seed"),
            "SERVICE_KEYS_DIR": str(self._run / "service-keys"),
            # A release may be from before there were tokens.
            "SERVICE_TOKENS": "accept" if self._released else "require",
            "DIGEST_KEY_FILE": str(self._run / "digest.key"),
            "FETCH_ALLOWED_ORIGINS": self._allowed_origins(),
            "LAME_DUCK_S": "0",  # no second one takes over
        }
        given["MODELS_DIR"] = str(Path(os.environ.get("MODELS_DIR") or MODELS).resolve())
        if name == "gateway" and self._nginx is None:
            given["STATIC_DIR"] = str(self._static())
            given["SAMPLES_DIR"] = str(edge.SAMPLES)
        if self._released and self._released.name == name:
            given["SOURCE_COMMIT"] = self._released.commit
        return {**given, **self._settings.get("*", {}), **self._settings.get(name, {})}

    def _allowed_origins(self) -> str:
        own = [f"http://{host}:{self.port}" for host in ("127.0.0.1", "localhost")]
        given = os.environ.get("FETCH_ALLOWED_ORIGINS", "")
        return ",".join([*own, *([given] if given else [])])

    def _wait_for_port(self, name: str) -> None:
        end = time.monotonic() + READY_S
        while port_is_free(self.ports[name]):
            self.check()
            if time.monotonic() > end:
                raise StackError(f"{name} did not start: {self.children[name].last_line()}")
            time.sleep(0.02)

    def _log(self, name: str) -> Path:
        logs = CACHE / "logs" / str(self.port)
        logs.mkdir(parents=True, exist_ok=True)
        return logs / f"{name}.log"


def running(port: int | str) -> Path:
    """The file in which a demo on this port announces itself."""
    return CACHE / "running" / f"{port}.json"


def wait_until_ready(
    base_url: str, check: Callable[[], None] = lambda: None, seconds: float = READY_S
) -> None:
    """Until `/readyz` of the edge is 200 and the worker is there. `check` raises StackError when
    that can no longer be."""
    end = time.monotonic() + seconds
    while True:
        check()
        state = _get(f"{base_url}/readyz")
        if state is not None and state["checks"].get("image-service") != "down":
            return
        if time.monotonic() > end:
            raise StackError(f"not ready after {seconds:g} s: {state}")
        time.sleep(0.05)


def free_port() -> int:
    """One that nobody listens on, that no outgoing connection is given by the system before it is
    used (those are above), and that was not given out before."""
    while True:
        port = random.randrange(*PORTS)
        if port not in _given and port_is_free(port):
            _given.add(port)
            return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _get(url: str) -> dict[str, dict[str, str]] | None:
    """The JSON behind an address, None when it is not there (yet)."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        body = answer.read()
        return dict(json.loads(body)) if answer.status == http.HTTPStatus.OK else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
