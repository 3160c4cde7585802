"""How a service measures its own objectives, over the rolling window that they are for.

Latencies are counted in buckets that grow by 2 %, as in an HDR histogram, and by the minute: each one
counts, none is kept. A latency is taken for the upper end of its bucket, so that a figure errs by 2 %
at the most, and never to our advantage.
"""

import math
import time
from collections import Counter, deque
from dataclasses import dataclass, field

from pydantic import BaseModel

from sightline_contracts.loader import Objective, Sla

GROWTH = math.log(1.02)
SHORTEST_S = 1e-6
MINUTE_S = 60
UNITS_S = {"m": 60, "h": 3600, "d": 86400}


class Measured(BaseModel):
    """An objective and what became of it. `measured` is null while nothing was seen: then it holds.

    `target` and `measured`: seconds, or the share of good answers, as `unit` says ("s", "share").
    `budget_left`: the share of the error budget that the window has left; below zero it is overspent.
    """

    name: str
    target: float
    measured: float | None
    unit: str
    window: str
    holds: bool
    budget_left: float


class ObjectivesReport(BaseModel):
    objectives: list[Measured]


@dataclass
class _Counts:
    """`latencies`: good answers by bucket. `bad`: the others, whose time tells nothing."""

    minute: int = 0
    latencies: Counter[int] = field(default_factory=Counter)
    bad: int = 0


class _Series:
    """What was seen of one operation."""

    def __init__(self, window: str) -> None:
        self._minutes_kept = int(window[:-1]) * UNITS_S[window[-1]] // MINUTE_S
        self._minutes: deque[_Counts] = deque()

    def add(self, seconds: float, *, good: bool) -> None:
        now = int(time.monotonic() // MINUTE_S)
        if not self._minutes or self._minutes[-1].minute != now:
            self._minutes.append(_Counts(now))
            self._forget(now)
        if good:
            bucket = math.ceil(math.log(max(seconds, SHORTEST_S)) / GROWTH)
            self._minutes[-1].latencies[bucket] += 1
        else:
            self._minutes[-1].bad += 1

    def total(self) -> _Counts:
        self._forget(int(time.monotonic() // MINUTE_S))
        total = _Counts()
        for one in self._minutes:
            total.latencies.update(one.latencies)
            total.bad += one.bad
        return total

    def _forget(self, now: int) -> None:
        while self._minutes and self._minutes[0].minute <= now - self._minutes_kept:
            self._minutes.popleft()


class Objectives:
    """Of one process: another replica measures for itself."""

    def __init__(self, sla: Sla) -> None:
        self._objectives = sla.objectives
        self._series = {(one.operation, one.window): _Series(one.window) for one in sla.objectives}

    def observe(self, operation: str, seconds: float, *, good: bool = True) -> None:
        """One request ("METHOD /route"), which counts among all as well, or one analysis' way
        between two moments ("accepted-to-end")."""
        counted = (operation, None) if " " in operation else (operation,)
        for (name, _), series in self._series.items():
            if name in counted:
                series.add(seconds, good=good)

    def report(self) -> ObjectivesReport:
        totals = {key: series.total() for key, series in self._series.items()}
        return ObjectivesReport(
            objectives=[
                _measure(one, totals[one.operation, one.window]) for one in self._objectives
            ]
        )


def _measure(objective: Objective, counts: _Counts) -> Measured:
    answered = counts.latencies.total()
    if objective.quantile is None:
        seen, missed = answered + counts.bad, counts.bad
    else:
        seen = answered
        slow = (n for bucket, n in counts.latencies.items() if _seconds(bucket) > objective.target)
        missed = sum(slow)
    measured = _measured(objective, counts, seen)
    holds = measured is None or (
        measured >= objective.target if objective.quantile is None else measured <= objective.target
    )
    return Measured(
        name=objective.name,
        target=objective.target,
        measured=None if measured is None else round(measured, 6),
        unit=objective.unit,
        window=objective.window,
        holds=holds,
        budget_left=round(1 - (missed / seen / objective.budget if seen else 0), 4),
    )


def _measured(objective: Objective, counts: _Counts, seen: int) -> float | None:
    if not seen:
        return None
    if objective.quantile is None:
        return (seen - counts.bad) / seen
    return quantile(counts.latencies, objective.quantile)


def quantile(latencies: Counter[int], share: float) -> float:
    """The nearest-rank quantile of what is in the buckets, which is something; in seconds."""
    left = max(1, math.ceil(share * latencies.total()))
    for bucket in sorted(latencies):
        left -= latencies[bucket]
        if left <= 0:
            return _seconds(bucket)
    raise ValueError("an empty histogram has no quantile")


def _seconds(bucket: int) -> float:
    return math.exp(bucket * GROWTH)
