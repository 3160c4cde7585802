"""A service's app on a loopback port, in a thread with a loop of its own."""

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import structlog
import uvicorn
from fastapi import FastAPI

ANSWER_S = 20
T = TypeVar("T")


@dataclass(frozen=True)
class Served:
    """`url` ends without a slash."""

    url: str
    loop: asyncio.AbstractEventLoop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something where the app lives: its connections belong to that loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(ANSWER_S)


@contextlib.contextmanager
def serving(app: FastAPI, lifespan: Literal["on", "off"] = "on") -> Iterator[Served]:
    """Without its lifespan an app has none of the loops that work beside its requests."""
    # A line that is logged after its answer would be printed between two tests.
    only_errors = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(wrapper_class=only_errors)
    config = uvicorn.Config(app, lifespan=lifespan, ws="none", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    loop = asyncio.new_event_loop()
    # It listens before the server runs, so that nobody has to wait until it does.
    with socket.create_server(("127.0.0.1", 0)) as listening:
        work = server.serve(sockets=[listening])
        thread = threading.Thread(target=loop.run_until_complete, args=(work,))
        thread.start()
        try:
            yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", loop)
        finally:
            server.should_exit = True
            thread.join()
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            structlog.reset_defaults()
