"""What the samples say of each objective of the gateway, as a client sees it."""

import math
from dataclasses import dataclass

from sightline_contracts.loader import Objective

from sla.load import FRESHNESS, Sample


@dataclass(frozen=True)
class Verdict:
    """`measured`: seconds, or the share of good answers. `passed` is None where too few were seen:
    fewer than one may miss it."""

    name: str
    target: float
    measured: float | None
    seen: int
    passed: bool | None

    def __str__(self) -> str:
        word = {True: "ok", False: "MISSED", None: "too few"}[self.passed]
        measured = "-" if self.measured is None else f"{self.measured:.4g}"
        return f"{self.name:24} {self.target:>8g} {measured:>10} {self.seen:>7}  {word}"


HEADING = f"{'objective':24} {'target':>8} {'measured':>10} {'seen':>7}"


def judge(objective: Objective, samples: list[Sample]) -> Verdict:
    """Latencies are those of good answers; a failed one counts against availability."""
    found = [
        one
        for one in samples
        if one.operation == objective.operation
        or (objective.operation is None and one.operation != FRESHNESS)
    ]
    if objective.quantile is None:
        measured = sum(one.good for one in found) / len(found) if found else None
        passed = None if measured is None else measured >= objective.target
        return Verdict(objective.name, objective.target, measured, len(found), passed)
    if objective.operation == FRESHNESS:  # one that never came is late, not unavailable
        ordered = sorted(one.seconds if one.good else math.inf for one in found)
    else:
        ordered = sorted(one.seconds for one in found if one.good)
    if len(ordered) * objective.budget < 1 - 1e-9:
        return Verdict(objective.name, objective.target, None, len(ordered), None)
    measured = ordered[math.ceil(objective.quantile * len(ordered)) - 1]
    passed = measured <= objective.target
    return Verdict(objective.name, objective.target, measured, len(ordered), passed)
