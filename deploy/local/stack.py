"""The whole system: stores, services, edge, in the order in which they need each other."""

import http.client
import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from local import edge, models, stores
from local.environments import CACHE, ROOT, SERVICES, Tell, prepare, python
from local.errors import StackError
from local.processes import Child

ACCOUNTS = ("SMTP_URL", "SMTP_PASSWORD_FILE", "MAIL_FROM", "OIDC_PROVIDERS_FILE")
"""Settings that are taken from the environment, as under compose."""
READY_S = 60
SETUP_S = 60
KEY_BYTES = 32
PORTS = (20_000, 32_000)
_given: set[int] = set()
MODELS = CACHE / "models"


class Stack:
    """The system as processes. `settings` are environment variables by service name, or for all services
    under "*". Every part but the edge listens on a free port."""

    def __init__(
        self,
        port: int = 0,
        settings: Mapping[str, Mapping[str, str]] | None = None,
        *,
        with_nginx: bool = True,
    ) -> None:
        self.port = port or free_port()
        self.ports = {name: free_port() for name in (*SERVICES, "redis", "dynamodb", "s3")}
        self.children: dict[str, Child] = {}
        self._settings = settings or {}
        self._nginx = edge.nginx() if with_nginx else None
        self._run = Path(tempfile.mkdtemp(prefix="sightline-"))
        self._announced = False
        if self._nginx is None:
            self.ports["gateway"] = self.port

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def redis_url(self) -> str:
        return stores.external_redis() or f"redis://127.0.0.1:{self.ports['redis']}/0"

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    def start(self, tell: Tell = lambda _: None) -> None:
        """Start every part. `tell` gets a line now and then where that takes long. Raises StackError with
        one clear line; stop() must still be called then."""
        if not port_is_free(self.port):
            raise StackError(f"port {self.port} is in use; choose another with PORT=")
        prepare(tell)
        for line in models.prepare():
            tell(line)
        for key in ("server.key", "digest.key"):
            (self._run / key).write_bytes(secrets.token_bytes(KEY_BYTES))
        (self._run / "share").mkdir()
        (self._run / "share" / "1.key").write_bytes(secrets.token_bytes(KEY_BYTES))
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

    def wait_until_ready(self, seconds: float = READY_S) -> None:
        wait_until_ready(self.base_url, self.check, seconds)

    def announce(self) -> None:
        """Let `make admin` find user-service while this runs."""
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
        """Stop every part, in mirrored order."""
        for child in reversed(self.children.values()):
            child.stop()
        self.children.clear()
        if self._announced:  # else the file belongs to another demo, which has the port
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
        return [str(self._interpreter(name)), "-m", name.replace("-", "_")]

    def _interpreter(self, name: str) -> Path:
        return python(name)

    def _home(self, _name: str) -> Path:
        """The folder that holds the part's own and contracts/."""
        return ROOT

    def _static(self) -> Path:
        """The web app's files."""
        return edge.STATIC

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
            "SERVICE_TOKENS": "require",
            "DIGEST_KEY_FILE": str(self._run / "digest.key"),
            "SHARE_KEYS_DIR": str(self._run / "share"),
            "INDEX_DIR": str(self._run / "search-index"),
            "FETCH_ALLOWED_ORIGINS": self._allowed_origins(),
            "CORS_ALLOWED_ORIGINS": os.environ.get("CORS_ALLOWED_ORIGINS", ""),
            "PUBLIC_URL": self.base_url,
            **{name: os.environ[name] for name in ACCOUNTS if name in os.environ},
            "LAME_DUCK_S": "0",  # no second one takes over
        }
        given["MODELS_DIR"] = str(MODELS)
        if name == "gateway" and self._nginx is None:
            given["STATIC_DIR"] = str(self._static())
            given["SAMPLES_DIR"] = str(edge.SAMPLES)
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
    """Wait until `/readyz` of the edge is 200 and the worker is there. `check` raises StackError when that
    can no longer happen."""
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
    """A port on which nothing listens, and which was not given out before. The system gives outgoing
    connections ports above this range, so none takes it before it is used."""
    while True:
        port = random.randrange(*PORTS)  # noqa: S311  # no secret
        if port not in _given and port_is_free(port):
            _given.add(port)
            return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _get(url: str) -> dict[str, dict[str, str]] | None:
    """The JSON at an address, or None while nothing answers there."""
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
