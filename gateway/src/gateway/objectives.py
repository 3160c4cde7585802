"""How the gateway measures the objectives of the SLA files over a sliding window."""

import math
import time
from collections import deque
from dataclasses import dataclass, field

from sightline_contracts.loader import Objective, Sla

WINDOW_S = 3600
SAMPLES = 10_000
"""At most so many samples an hour are kept for each series: the newest ones."""


@dataclass
class Series:
    """(time, seconds, good) of the newest answers."""

    samples: deque[tuple[float, float, bool]] = field(default_factory=lambda: deque(maxlen=SAMPLES))

    def add(self, seconds: float, *, good: bool) -> None:
        self.samples.append((time.monotonic(), seconds, good))

    def fresh(self) -> list[tuple[float, bool]]:
        since = time.monotonic() - WINDOW_S
        return [(seconds, good) for at, seconds, good in self.samples if at >= since]


@dataclass(frozen=True)
class Measured:
    """`measured` is None while nothing was seen; then the objective holds."""

    service: str
    name: str
    target: float
    measured: float | None
    unit: str
    window: str
    holds: bool


class Objectives:
    """What each service was seen to do: `observe` on every answer, `report` for the status page."""

    def __init__(self, slas: list[Sla]) -> None:
        self._slas = slas
        self._series: dict[tuple[str, str | None], Series] = {
            (sla.service, objective.operation): Series()
            for sla in slas
            for objective in sla.objectives
        }

    def observe(self, service: str, operation: str, seconds: float, *, good: bool) -> None:
        """One answer of `service` to `operation`; None in an objective stands for all."""
        for key in ((service, operation), (service, None)):
            if key in self._series:
                self._series[key].add(seconds, good=good)

    def report(self) -> list[Measured]:
        return [
            _measure(sla.service, objective, self._series[sla.service, objective.operation])
            for sla in self._slas
            for objective in sla.objectives
        ]


def _measure(service: str, objective: Objective, series: Series) -> Measured:
    samples = series.fresh()
    value: float | None
    if not samples:
        value, holds = None, True
    elif objective.quantile is None:
        value = sum(good for _, good in samples) / len(samples)
        holds = value >= objective.target
    else:
        value = quantile(sorted(seconds for seconds, _ in samples), objective.quantile)
        holds = value <= objective.target
    rounded = None if value is None else round(value, 4)
    return Measured(
        service, objective.name, objective.target, rounded, objective.unit, objective.window, holds
    )


def quantile(ordered: list[float], share: float) -> float:
    """Nearest-rank quantile of a non-empty ascending list."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
