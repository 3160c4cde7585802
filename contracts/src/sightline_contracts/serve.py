"""Runs a service's app under uvicorn with the settings that the edge in front relies on."""

import os
import socket

import uvicorn
from fastapi import FastAPI

KEEP_ALIVE_S = 75  # above the 60 s for which the edge keeps idle upstream connections
GRACEFUL_SHUTDOWN_S = 10


def serve(app: FastAPI, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; then finish what is under way."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
    )


def commit() -> str:
    """The commit that this service was built from, set by the build as `SOURCE_COMMIT`."""
    return os.environ.get("SOURCE_COMMIT", "unknown")


def instance_name(service: str) -> str:
    """A name for this process that no other one has: service, host and process id."""
    return f"{service}-{socket.gethostname()}-{os.getpid()}"
