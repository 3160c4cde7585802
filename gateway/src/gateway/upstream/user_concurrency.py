"""Bounds the calls under way of one user to a service; later ones wait in the order they came in.

A user who sends hundreds of requests together waits for their own calls, and leaves the places of the
bulkhead (`gateway.upstream.resilience`) to others.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from weakref import WeakValueDictionary

from prometheus_client import Counter
from sightline_contracts.loader import Sla

from gateway.errors import UpstreamTimeout

current_user: ContextVar[str | None] = ContextVar("current_user", default=None)
"""The user whose request is being answered, once the credential is checked."""
WAITS = Counter("user_turn_waits_total", "Calls that waited for others of one user.", ["service"])


class UserConcurrency:
    """Bounds the calls of each user to one service. Calls without a user pass at once."""

    def __init__(self, sla: Sla) -> None:
        self._service = sla.service
        self._at_once = int(sla.settings["concurrency_of_one_user"])
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def place(self, within_s: float) -> AsyncIterator[None]:
        """Around one call. Raises UpstreamTimeout when no place is free within `within_s` seconds."""
        user = current_user.get()
        if user is None:
            yield
            return
        # The weak reference lives for as long as a call holds or awaits a place.
        places = self._places.setdefault(user, asyncio.Semaphore(self._at_once))
        if places.locked():
            WAITS.labels(self._service).inc()
        try:
            async with asyncio.timeout(within_s):
                await places.acquire()
        except TimeoutError as error:
            raise UpstreamTimeout(
                "This user's earlier requests were not answered in time."
            ) from error
        try:
            yield
        finally:
            places.release()
