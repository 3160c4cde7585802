"""One user's calls to a service: so many at once, and the others in the order in which they came.

Whoever sends hundreds of requests together waits for its own, and leaves the places of the bulkhead
(`gateway.resilience`) to others.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from weakref import WeakValueDictionary

from prometheus_client import Counter
from sightline_contracts.loader import Sla

from gateway.errors import UpstreamTimeout

whose: ContextVar[str | None] = ContextVar("whose", default=None)
"""The user in whose name the request is answered, once that is known."""
WAITS = Counter("user_turn_waits_total", "Calls that waited for others of one user.", ["service"])


class Turns:
    """Before one service. Calls in nobody's name go by."""

    def __init__(self, sla: Sla) -> None:
        self._service = sla.service
        self._at_once = int(sla.settings["concurrency_of_one_user"])
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, within_s: float) -> AsyncIterator[None]:
        """Around one call. Raises UpstreamTimeout when it cannot begin within so many seconds."""
        user = whose.get()
        if user is None:
            yield
            return
        # It is there for as long as anybody holds or awaits a place.
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
