"""What a process may hold of bodies, counted from the first byte: a budget that all its requests share.

A container has a memory limit, and whoever goes beyond it is killed with everybody's requests. So a
request takes what it holds from the budget, in bytes, and is refused with 503 where nothing is left. All of
it is given back when the request ends.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from prometheus_client import Counter, Gauge

from sightline_contracts.problems import Overloaded

HELD = Gauge("body_budget_held_bytes", "Bytes of bodies that requests hold, as they are counted.")
REFUSED = Counter("body_budget_refusals_total", "Requests refused because bodies fill the budget.")
_holding: ContextVar["Lease | None"] = ContextVar("holding", default=None)


class Budget:
    """`limit`: bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0

    @contextmanager
    def lease(self) -> Iterator["Lease"]:
        """What is taken inside is given back at its end. `take` below takes from the innermost."""
        made = Lease(self)
        token = _holding.set(made)
        try:
            yield made
        finally:
            _holding.reset(token)
            self._give(made.held)

    def take(self, count: int) -> None:
        if self._held + count > self._limit:
            REFUSED.inc()
            raise Overloaded("Other requests fill the memory for bodies.")
        self._held += count
        HELD.inc(count)

    def _give(self, count: int) -> None:
        self._held -= count
        HELD.dec(count)


class Lease:
    """What one request holds, in bytes."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.held = 0

    def take(self, count: int) -> None:
        """Raises Overloaded, and has taken nothing then."""
        self.budget.take(count)
        self.held += count


def take(count: int) -> None:
    """Take `count` bytes more for the request that is being answered. Raises Overloaded. Without a
    budget, as in a background loop, nothing is counted."""
    holding = _holding.get()
    if holding is not None:
        holding.take(count)


@contextmanager
def for_a_moment() -> Iterator[None]:
    """What is taken inside is given back at its end, and not with the request: for streams."""
    holding = _holding.get()
    if holding is None:
        yield
        return
    with holding.budget.lease():
        yield
