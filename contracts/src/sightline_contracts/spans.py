"""Spans as OpenTelemetry's SDK records and sends them. Imported by `tracing` alone, where they are asked for."""

import os
from contextvars import Token
from types import TracebackType
from typing import Any, Self

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SimpleSpanProcessor,
)
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from sightline_contracts import context
from sightline_contracts.tracing import Attributes, Kind, Step, Value

NANOSECONDS = 1_000_000_000


class Recorded(Step):
    def __init__(self, span: Span) -> None:
        self._span = span
        self._token: Token[str | None] | None = None

    def set(self, name: str, value: Value) -> None:
        self._span.set_attribute(name, value)

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def failed(self, reason: str) -> None:
        self._span.set_attribute("error.type", reason)
        self._span.set_status(StatusCode.ERROR)

    def __enter__(self) -> Self:
        self._token = context.traceparent.set(_written(self._span.get_span_context()))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.failed(kind.__name__)
        self._span.end()
        if self._token is not None:
            context.traceparent.reset(self._token)


class SpanRecorder:
    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def step(self, name: str, kind: Kind, attributes: Attributes | None) -> Step:
        return Recorded(self._started(name, kind, attributes))

    def over(
        self, name: str, begun_s: float, ended_s: float, kind: Kind, attributes: Attributes | None
    ) -> None:
        begun = int(begun_s * NANOSECONDS)
        self._started(name, kind, attributes, start_time=begun).end(int(ended_s * NANOSECONDS))

    def _started(self, name: str, kind: Kind, attributes: Attributes | None, **more: Any) -> Span:
        kind_of_span = SpanKind[kind.upper()]
        return self._tracer.start_span(name, _parent(), kind_of_span, attributes, **more)


def recorder(service: str) -> SpanRecorder:
    """Sends in batches from a thread of its own; what does not fit into its queue is dropped."""
    name = os.environ.get("OTEL_SERVICE_NAME", service)
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    if os.environ.get("OTEL_TRACES_EXPORTER") == "console":
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
    else:
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return SpanRecorder(provider.get_tracer("sightline"))


def _parent() -> Context:
    """What `traceparent` (W3C Trace Context) names; empty for a new trace."""
    carried = context.traceparent.get()
    if carried is None:
        return Context()
    _, trace, span, flags = carried.split("-")
    known = SpanContext(int(trace, 16), int(span, 16), True, TraceFlags(int(flags, 16)))
    return set_span_in_context(NonRecordingSpan(known), Context())


def _written(span: SpanContext) -> str:
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags):02x}"
