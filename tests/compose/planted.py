"""A past that never was: for each alert, series that have to fire it, and series of the same kind that must not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

STEP_S = 60
HOURS = 7
"""Longer than the longest window of an alert."""
SAMPLES = HOURS * 3600 // STEP_S
Shape = Callable[[int], float]
"""The value at a sample, counted from 0 up to SAMPLES - 1, which is now."""


@dataclass(frozen=True)
class Series:
    metric: str
    labels: dict[str, str]
    shape: Shape

    def lines(self, end_s: int) -> Iterator[str]:
        """In Prometheus's text format, with times in milliseconds."""
        labels = ",".join(f'{name}="{value}"' for name, value in self.labels.items())
        for number in range(SAMPLES):
            value = self.shape(number)
            if value >= 0 or self.metric in BELOW_ZERO:
                at = (end_s - (SAMPLES - 1 - number) * STEP_S) * 1000
                yield f"{self.metric}{{{labels}}} {value} {at}"


BELOW_ZERO = {"objective_budget_left_ratio"}
NOT_THERE = -1.0


def steady(value: float) -> Shape:
    return lambda _: value


def growing(each: float) -> Shape:
    """A counter."""
    return lambda number: number * each


def late(count: float, minutes: int, before: float = 0.0) -> Shape:
    """A counter that has stood at `before`, or has not been there, and grew by `count` so many minutes ago."""
    return lambda number: before + count if number >= SAMPLES - minutes else before


def appearing(count: float, minutes: int) -> Shape:
    return lambda number: count if number >= SAMPLES - minutes else NOT_THERE


def answers(service: str, failed: float) -> list[Series]:
    """A hundred answers a minute, of which so many fail."""
    return [
        Series("http_requests_total", {"service": service, "status": "200"}, growing(100 - failed)),
        Series("http_requests_total", {"service": service, "status": "503"}, growing(failed)),
    ]


def queue(name: str, workers: float) -> list[Series]:
    return [
        Series("queue_messages", {"queue": name, "state": "waiting"}, steady(3)),
        Series("queue_workers", {"queue": name}, steady(workers)),
    ]


def refused(caller: str, shape: Shape) -> Series:
    labels = {"service": caller, "exported_service": "result-service", "reason": "breaker"}
    return Series("upstream_refusals_total", labels, shape)


def violated(provider: str, shape: Shape) -> Series:
    labels = {"provider": provider, "operation": "GET /v1/x", "service": "gateway"}
    return Series("contract_violations_total", labels, shape)


def one(metric: str, label: str, bad: Shape, well: Shape, **labels: str) -> list[Series]:
    return [
        Series(metric, {label: name, **labels}, shape) for name, shape in ((BAD, bad), (WELL, well))
    ]


BAD, WELL = "bad", "well"
PLANTED: dict[str, list[Series]] = {
    "ErrorBudgetBurnsFast": answers(BAD, 2.0) + answers(WELL, 1.0),
    "ErrorBudgetBurnsSlowly": answers(BAD, 0.8) + answers(WELL, 0.4),
    "ObjectiveMissed": one(
        "objective_budget_left_ratio", "service", steady(-0.1), steady(0.1), objective="x"
    ),
    "OldestMessageTooOld": one("queue_oldest_age_seconds", "queue", steady(400), steady(200)),
    "NoWorker": queue(BAD, 0) + queue(WELL, 1),
    "DeadLetters": one("dead_letters_total", "code", late(1, 5), steady(4)),
    "BreakerOpen": [refused(BAD, growing(1)), refused(WELL, steady(7))],
    "LoopFails": one("loop_failures_total", "loop", late(5, 10), late(2, 10), service="x"),
    "ContractBroken": [
        violated(BAD, appearing(1, 10)),
        violated("worse", late(1, 10, before=3)),
        violated(WELL, steady(3)),
    ],
    "ScrapeFails": one("up", "instance", steady(0), steady(1)),
}
"""By alert. `QueueUnknown` fires where there is nothing."""
