"""Reads the contracts that lie beside this package: OpenAPI documents, event schemas, SLAs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
EVERY = "*"
"""What an SLO's indicator has in the place of an operation where it means all requests."""


@cache
def openapi(service: str) -> dict[str, Any]:
    """The OpenAPI 3.1 document of `service`, e.g. "user-service".

    Raises FileNotFoundError when there is no such contract.
    """
    return _read(ROOT / "openapi" / f"{service}.json")


@cache
def event_schema(event_type: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the `data` of one event, e.g. "analysis.requested"."""
    return _read(ROOT / "events" / f"{event_type}.json")


@cache
def callers(service: str) -> dict[str, tuple[re.Pattern[str], ...]]:
    """Who may call `service`, by name, and which of its operations ("METHOD /path"). Raises
    FileNotFoundError when there is no such file."""
    found: dict[str, list[str]] = _read(ROOT / "callers" / f"{service}.json")
    return {
        caller: tuple(pattern for _, pattern in _patterns(tuple(operations)))
        for caller, operations in found.items()
    }


@dataclass(frozen=True)
class Operation:
    """What a service promises for one operation.

    `timeout_s`: seconds until the first byte of the answer. `body_limit_bytes`: the largest
    request body it takes. `retries`: how often a caller may repeat a call that was not answered,
    if it is idempotent (RFC 9110 §9.2.2) and the caller's retry budget has one left.
    """

    timeout_s: float
    body_limit_bytes: int
    retries: int


@dataclass(frozen=True)
class Objective:
    """A service level objective: one of an OpenSLO SLO's objectives.

    `operation`: "METHOD /path", two moments of an analysis as in "accepted-to-readable", or None
    for all requests. `quantile` in 0..1 for latencies (target in seconds), None for availability
    (target is the share of good answers). `window`: as in "1h".
    """

    name: str
    operation: str | None
    target: float
    unit: str
    quantile: float | None
    window: str

    @property
    def budget(self) -> float:
        """The share of all that may be too late, or not good: the error budget."""
        return 1 - (self.target if self.quantile is None else self.quantile)


@dataclass(frozen=True)
class Sla:
    """The SLA file of one service."""

    service: str
    version: str
    default: Operation
    operations: dict[str, Operation]
    objectives: tuple[Objective, ...]
    settings: dict[str, float]

    def operation(self, method: str, path: str) -> Operation:
        """The promise for a request; the default where the file names no special one."""
        for key, pattern in _patterns(tuple(self.operations)):
            if pattern.fullmatch(f"{method} {path}"):
                return self.operations[key]
        return self.default

    def objective(self, name: str) -> Objective:
        """Raises KeyError where the file names none such."""
        return {objective.name: objective for objective in self.objectives}[name]


@cache
def _patterns(keys: tuple[str, ...]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((key, re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(key)))) for key in keys)


@cache
def sla(service: str) -> Sla:
    """The SLA of `service`. Raises FileNotFoundError when there is none."""
    return parse_sla(_read(ROOT / "sla" / f"{service}.json"))


def parse_sla(document: dict[str, Any]) -> Sla:
    """An SLA file: OpenSLO v1 objects, and beside them what OpenSLO has no words for."""
    objects = document["objects"]
    default = document["default"]
    return Sla(
        service=next(one["metadata"]["name"] for one in objects if one["kind"] == "Service"),
        version=document["version"],
        default=Operation(**default),
        operations={
            key: Operation(**{**default, **value}) for key, value in document["operations"].items()
        },
        objectives=tuple(
            objective for one in objects if one["kind"] == "SLO" for objective in _objectives(one)
        ),
        settings=document["settings"],
    )


def _objectives(slo: dict[str, Any]) -> Iterator[Objective]:
    """A latency has an objective for each quantile, named after it; an availability has one."""
    name, spec = slo["metadata"]["name"], slo["spec"]
    window = spec["timeWindow"][0]["duration"]
    indicator = spec["indicator"]["spec"]
    threshold = indicator.get("thresholdMetric")
    source = (threshold or indicator["ratioMetric"]["total"])["metricSource"]["spec"]
    operation = None if source["operation"] == EVERY else source["operation"]
    for one in spec["objectives"]:
        if threshold is None:
            yield Objective(name, operation, one["target"], "share", None, window)
        else:
            full = f"{name}-{one['displayName']}"
            yield Objective(full, operation, one["value"], "s", one["target"], window)


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
