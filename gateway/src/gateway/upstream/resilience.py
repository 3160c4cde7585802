"""What keeps one service's trouble from becoming everybody's, with the figures of its SLA.

A bulkhead bounds the calls under way, so that a slow service holds no more than its share of the
gateway. A breaker refuses calls of a service that cannot be reached, and lets one through now and then
to see. A budget bounds the repetitions, so that they never double the load of a service in trouble
(Finagle's retry budget).
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter
from sightline_contracts.loader import Sla
from sightline_contracts.problems import Overloaded, Problem, Unavailable

from gateway.errors import UpstreamTimeout

WINDOW_S = 10.0
BUDGET_AT_MOST = 10.0
"""Repetitions that a quiet time saves up."""
REFUSALS = Counter("upstream_refusals_total", "Calls that were not made.", ["service", "reason"])
RETRIES = Counter("upstream_retries_total", "Calls that were repeated.", ["service"])


class RetryBudget:
    """Each call earns `share` of a repetition."""

    def __init__(self, service: str, share: float) -> None:
        self._service = service
        self._share = share
        self._tokens = BUDGET_AT_MOST

    def earn(self) -> None:
        self._tokens = min(BUDGET_AT_MOST, self._tokens + self._share)

    def spend(self) -> bool:
        """Whether one more may be made."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        RETRIES.labels(self._service).inc()
        return True


class Breaker:
    """Opens when `failures` of the last `calls` (a share of them), made within WINDOW_S, could not be
    answered; then one call each `open_s` seconds goes through, and the first that is answered closes
    it."""

    def __init__(self, failures: float, calls: int, open_s: float) -> None:
        self._failures = failures
        self._open_s = open_s
        self._last: deque[tuple[float, bool]] = deque(maxlen=calls)
        self._try_at: float | None = None

    def allows(self) -> bool:
        if self._try_at is None:
            return True
        if time.monotonic() < self._try_at:
            return False
        self._try_at = time.monotonic() + self._open_s  # this one looks; the others wait for it
        return True

    @property
    def is_open(self) -> bool:
        return self._try_at is not None

    def look_again(self) -> None:
        """Who looked has found out nothing: the next call may."""
        if self._try_at is not None:
            self._try_at = time.monotonic()

    def note(self, *, answered: bool) -> None:
        if self._try_at is not None:
            if answered:
                self._try_at = None
                self._last.clear()
            return
        now = time.monotonic()
        self._last.append((now, answered))
        lately = len(self._last) == self._last.maxlen and now - self._last[0][0] <= WINDOW_S
        failures = sum(not answered for _, answered in self._last)
        # It opens on a failure: what has just answered is there, whatever was before it came back.
        if not answered and lately and failures >= self._failures * len(self._last):
            self._try_at = now + self._open_s


class Resilience:
    """Of the calls to one service."""

    def __init__(self, sla: Sla) -> None:
        settings = sla.settings
        self._service = sla.service
        # At zero, else the first is no increase to who watches.
        RETRIES.labels(self._service)
        for reason in ("bulkhead", "breaker"):
            REFUSALS.labels(self._service, reason)
        self._places = int(settings["concurrency"])
        self._open_s = settings["breaker_open_s"]
        self._breaker = Breaker(
            settings["breaker_failures"], int(settings["breaker_calls"]), self._open_s
        )
        self.budget = RetryBudget(sla.service, settings["retry_budget"])

    @contextmanager
    def call(self, *, whole_time: bool = True) -> Iterator[None]:
        """Around one call; Unavailable and UpstreamTimeout inside say that it was not answered.
        `whole_time`: the call has all the time that the service may take, so that its lateness is
        the service's. What is too short for it, or is cancelled, counts as nothing. Raises
        Overloaded and Unavailable instead of letting it begin."""
        if self._places == 0:
            REFUSALS.labels(self._service, "bulkhead").inc()
            raise Overloaded(f"{self._service} has too much to do.")
        if not self._breaker.allows():
            REFUSALS.labels(self._service, "breaker").inc()
            raise Unavailable(f"{self._service} does not answer.", retry_after_s=1)
        looks = self._breaker.is_open
        self._places -= 1
        answered: bool | None = None
        try:
            yield
            answered = True
        except UpstreamTimeout:
            answered = False if whole_time else None
            raise
        except Unavailable:
            answered = False
            raise
        except Problem:
            answered = True  # though not as it should
            raise
        finally:
            self._places += 1
            if answered is not None:
                self._breaker.note(answered=answered)
            elif looks:
                self._breaker.look_again()
