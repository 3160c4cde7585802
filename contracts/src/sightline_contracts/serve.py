"""Runs a service's app under uvicorn with the settings that the edge in front relies on."""

import contextlib
import os
import socket
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from sightline_contracts import drain
from sightline_contracts.unreadable import Protocol

KEEP_ALIVE_S = 75  # above the 60 s for which the edge keeps idle upstream connections
GRACEFUL_SHUTDOWN_S = 10
IDLE_S = 2
"""For so long a caller keeps a connection that it does not use, and the addresses of a name."""
LAME_DUCK_S = "3"
"""Longer than IDLE_S: no caller uses a kept connection, or an address, that it had before."""


def serve(app: FastAPI, host: str, port: int, leave: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is under way. `leave` is called when no
    request comes any more, to let go those that wait for something to happen."""
    config = uvicorn.Config(
        drain.closing(app),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        http=Protocol,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
    )
    lame_duck_s = float(os.environ.get("LAME_DUCK_S", LAME_DUCK_S))
    with contextlib.suppress(KeyboardInterrupt):  # raised again after it was heeded
        drain.Server(config, app, lame_duck_s, leave).run()


def commit() -> str:
    """The commit that this service was built from, set by the build as `SOURCE_COMMIT`."""
    return os.environ.get("SOURCE_COMMIT", "unknown")


def instance_name(service: str) -> str:
    """A name for this process that no other one has: service, host and process id."""
    return f"{service}-{socket.gethostname()}-{os.getpid()}"
