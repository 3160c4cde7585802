"""Where a request and what follows from it spend their time, as spans of OpenTelemetry.

Off unless the environment says where spans go (`OTEL_EXPORTER_OTLP_ENDPOINT`,
`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, or `OTEL_TRACES_EXPORTER=console`), and then nothing of OpenTelemetry's is imported:
`traceparent` is carried on as it came. All other `OTEL_*` variables mean what its specification says. An attribute is the
name of a thing of ours, a number or a status, never something of a user's. An error is told by its type alone.
"""

import importlib
import os
from collections.abc import Mapping
from types import TracebackType
from typing import Literal, Protocol, Self

from sightline_contracts import context

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Value = str | int | float | bool
Attributes = Mapping[str, Value]
BEGINS = ("server", "consumer")
SAMPLED = 1
"""The flag of `traceparent` which says so."""
WHERE = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Step:
    """A span while it lasts; as a context manager it ends with its block. What is sent from within carries it as its
    parent. This one records nothing."""

    def set(self, name: str, value: Value) -> None: ...

    def rename(self, name: str) -> None: ...

    def failed(self, reason: str) -> None:
        """`reason`: a type or a code (`error.type`)."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


NOTHING = Step()


class Recorder(Protocol):
    def step(self, name: str, kind: Kind, attributes: Attributes | None) -> Step: ...

    def over(
        self, name: str, begun_s: float, ended_s: float, kind: Kind, attributes: Attributes | None
    ) -> None: ...


_recorder: Recorder | None = None


def configure(service: str) -> None:
    """Record spans of this process from now on, where the environment says where they go."""
    global _recorder  # noqa: PLW0603  # one a process, as the SDK has it
    exporter = os.environ.get("OTEL_TRACES_EXPORTER", "otlp")
    asked = any(os.environ.get(name) for name in WHERE) or exporter == "console"
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or exporter == "none"
    if asked and not off:
        _recorder = importlib.import_module("sightline_contracts.spans").recorder(service)


def step(name: str, kind: Kind = "internal", attributes: Attributes | None = None) -> Step:
    """A span as a child of the one that this task is in. What serves nobody, as a loop that looks for work, begins no
    trace of its own."""
    begins = kind in BEGINS or context.traceparent.get() is not None
    return NOTHING if _recorder is None or not begins else _recorder.step(name, kind, attributes)


def over(
    name: str,
    begun_s: float,
    ended_s: float,
    kind: Kind = "internal",
    attributes: Attributes | None = None,
) -> None:
    """Record a span that has ended already; both times in seconds since the epoch."""
    if _recorder is not None:
        _recorder.over(name, begun_s, ended_s, kind, attributes)


def trace_id() -> str | None:
    """Of what this task is about: 32 hexadecimal digits."""
    carried = context.traceparent.get()
    return None if carried is None else carried[3:35]


def recorded() -> str | None:
    """The `traceparent` (W3C Trace Context) of what is being recorded here; None where nothing is, or this is not."""
    carried = context.traceparent.get()
    if _recorder is None or carried is None or not int(carried[-2:], 16) & SAMPLED:
        return None
    return carried
