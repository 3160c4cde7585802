"""The warm pool: child processes that analyse, and are killed when they hang."""

import asyncio
import multiprocessing
import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import structlog
from pebble import ProcessExpired, ProcessPool

from image_service.analysis import Analysed, NotAnalysed, analyse, initialize
from image_service.errors import Broke

_log = structlog.get_logger()
ANALYSES_PER_INSTANCE = 500
"""An instance is replaced after so many pictures, which bounds what a leak can take."""
START_AT_MOST_S = 20.0


class NoInstance(Exception):
    """Not one child got ready: the service cannot do its job, and does not start."""


class Instances:
    """`count` children of a fork server that has the engine's modules imported already."""

    def __init__(self, count: int, timeout: float, models_dir: Path | None) -> None:
        self.count = count
        self._timeout = timeout
        self._models_dir = models_dir
        self._pool: Any = None

    async def open(self) -> None:
        """Returns when an instance is warm. Raises NoInstance."""
        # Read by the libraries when the fork server loads them.
        os.environ["OMP_NUM_THREADS"] = "1"
        context = multiprocessing.get_context("forkserver")
        # A module that cannot be imported is passed over in silence there; this process has
        # imported it already, and would have failed.
        context.set_forkserver_preload(["image_service.analysis"])
        self._pool = ProcessPool(
            max_workers=self.count,
            max_tasks=ANALYSES_PER_INSTANCE,
            initializer=initialize,
            initargs=[self._models_dir],
            context=context,
        )
        first: Future[int] = self._pool.schedule(int)  # starts all the children
        try:
            await asyncio.wait_for(asyncio.wrap_future(first), START_AT_MOST_S)
        except TimeoutError as error:
            self.close()
            raise NoInstance("see the log for what its children said") from error

    async def run(self, data: bytes, operations: list[str]) -> Analysed | NotAnalysed:
        """Analyse in a child. Raises Broke: timeout (the child is killed), crashed, internal."""
        future: Future[Analysed | NotAnalysed] = self._pool.schedule(
            analyse, args=[data, operations], timeout=self._timeout
        )
        try:
            return await asyncio.wrap_future(future)
        except TimeoutError as error:
            detail = f"An attempt may take {self._timeout:g} seconds."
            raise Broke("timeout", detail) from error
        except ProcessExpired as error:
            raise Broke("crashed", "The instance crashed on this picture.") from error
        except Exception as error:  # whatever the engine did not expect
            _log.error("engine_failed", exc_info=error)
            raise Broke("internal", "The engine failed on this picture.") from error

    def close(self) -> None:
        """Kill what still runs: its message goes to another worker."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
