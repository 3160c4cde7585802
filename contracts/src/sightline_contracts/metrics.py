"""The metrics that every service has, declared in one place (Prometheus names and base units)."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

HTTP_REQUESTS = Counter("http_requests_total", "Answered requests.", ["method", "route", "status"])
DEPRECATED_REQUESTS = Counter(
    "http_deprecated_requests_total",
    "Answered requests of operations that will go.",
    ["method", "route"],
)
HTTP_DURATION = Histogram(
    "http_request_duration_seconds",
    "Seconds until the first byte of the answer.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
BUDGET_LEFT = Gauge(
    "objective_budget_left_ratio",
    "Share of an objective's error budget that its window has left; below zero it is overspent.",
    ["objective"],
)


def begin(counter: Counter, values: Iterable[str]) -> None:
    """Have the counter at zero for each value of its one label. The first event of a series that was not there
    before is no increase to Prometheus, so that no alert fires for it."""
    for value in values:
        counter.labels(value)
