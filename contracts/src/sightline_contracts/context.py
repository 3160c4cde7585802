"""What travels with a request from service to service: its id, its trace and its deadline."""

import time
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="-")
traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""Point in time on `time.monotonic()` after which nobody waits for the answer any more."""

held_s: ContextVar[float] = ContextVar("held_s", default=0.0)
"""Seconds for which the answer was held back because the client asked for it (`Prefer: wait`)."""

DEADLINE_HEADER = "X-Request-Deadline-Ms"


def remaining(ceiling: float) -> float:
    """Seconds left of the request's budget, at most `ceiling`, never below zero."""
    end = deadline.get()
    return ceiling if end is None else max(0.0, min(ceiling, end - time.monotonic()))


def outgoing_headers(timeout_s: float) -> dict[str, str]:
    """Headers for a call to another service that may take `timeout_s` seconds at most."""
    headers = {
        "X-Request-Id": request_id.get(),
        DEADLINE_HEADER: str(int(remaining(timeout_s) * 1000)),
    }
    trace = traceparent.get()
    return headers if trace is None else {**headers, "traceparent": trace}
