"""Reads the contracts that lie beside this package: OpenAPI documents, event schemas, SLAs."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


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


@dataclass(frozen=True)
class Operation:
    """What a service promises for one operation.

    `timeout_s`: seconds until the first byte of the answer. `body_limit_bytes`: the largest
    request body it takes.
    """

    timeout_s: float
    body_limit_bytes: int


@dataclass(frozen=True)
class Objective:
    """A service level objective.

    `quantile` in 0..1 for latencies (target in seconds), None for availability (target is
    the share of good answers).
    """

    name: str
    operation: str | None
    target: float
    unit: str
    quantile: float | None
    window: str


@dataclass(frozen=True)
class Sla:
    """The SLA file of one service."""

    service: str
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
    document = _read(ROOT / "sla" / f"{service}.json")
    return Sla(
        service=document["service"],
        default=Operation(**document["default"]),
        operations={
            key: Operation(**{**document["default"], **value})
            for key, value in document["operations"].items()
        },
        objectives=tuple(Objective(**objective) for objective in document["objectives"]),
        settings=document.get("settings", {}),
    )


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document
