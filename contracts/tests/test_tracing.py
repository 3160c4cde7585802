"""Spans: off they cost nothing and carry on what came; on, what is sent from within is their child."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode, TraceFlags

from sightline_contracts import context, tracing
from sightline_contracts.problems import NotFound
from sightline_contracts.spans import SpanRecorder

CAME = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
IMPORTED = """
import sys
from sightline_contracts import tracing
tracing.configure("a-service")
print(sum(name.startswith("opentelemetry.sdk") for name in sys.modules))
"""


@pytest.fixture(autouse=True)
def _nothing_carried() -> Iterator[None]:
    token = context.traceparent.set(None)
    yield
    context.traceparent.reset(token)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(tracing, "_recorder", SpanRecorder(provider.get_tracer("test")))
    return exporter


def ids(span: ReadableSpan) -> tuple[str, str, str | None]:
    """Trace, span and parent."""
    own = span.get_span_context()
    assert own is not None
    parent = None if span.parent is None else f"{span.parent.span_id:016x}"
    return f"{own.trace_id:032x}", f"{own.span_id:016x}", parent


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
    ],
    ids=str,
)
def test_off_imports_nothing(settings: dict[str, str]) -> None:
    assert _imported(settings) == 0


def test_on_imports_the_sdk() -> None:
    assert _imported({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1/v1/traces"}) > 0


def _imported(settings: dict[str, str]) -> int:
    given = {"PYTHONPATH": os.pathsep.join(sys.path), **settings}
    command = [sys.executable, "-c", IMPORTED]
    done = subprocess.run(
        command, env=given, capture_output=True, text=True, timeout=60, check=True
    )
    return int(done.stdout)


def test_off_what_came_is_carried_on() -> None:
    context.traceparent.set(CAME)
    with tracing.step("anything") as step:
        step.set("a", 1)
        step.failed("b")
        assert context.outgoing_headers(1)["traceparent"] == CAME
    assert tracing.trace_id() == CAME[3:35]


def test_what_is_sent_from_within_is_its_child(recorded: InMemorySpanExporter) -> None:
    context.traceparent.set(CAME)
    with tracing.step("outer", "server") as outer:
        outer.rename("GET /a")
        with tracing.step("inner", "client", {"peer.service": "b"}):
            sent = context.outgoing_headers(1)["traceparent"]
    assert context.traceparent.get() == CAME
    inner_span, outer_span = recorded.get_finished_spans()
    assert (outer_span.name, outer_span.kind.name) == ("GET /a", "SERVER")
    trace, outer_id, came_from = ids(outer_span)
    assert (trace, came_from) == (CAME[3:35], CAME[36:52])
    _, inner_id, parent = ids(inner_span)
    assert (parent, sent) == (outer_id, f"00-{trace}-{inner_id}-01")
    assert dict(inner_span.attributes or {}) == {"peer.service": "b"}


def test_without_a_trace_one_begins(recorded: InMemorySpanExporter) -> None:
    with tracing.step("first", "server"):
        assert tracing.trace_id() is not None
    (span,) = recorded.get_finished_spans()
    assert ids(span)[2] is None
    assert tracing.trace_id() is None


def test_what_serves_nobody_begins_no_trace(recorded: InMemorySpanExporter) -> None:
    kinds: tuple[tracing.Kind, ...] = ("client", "internal", "producer")
    for kind in kinds:
        with tracing.step("polls", kind):
            assert tracing.trace_id() is None
    assert recorded.get_finished_spans() == ()


def test_an_error_is_told_by_its_type_alone(recorded: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="somebody's"), tracing.step("fails", "server"):
        raise ValueError("somebody's")
    (span,) = recorded.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert (span.status.description, span.events) == (None, ())
    assert dict(span.attributes or {}) == {"error.type": "ValueError"}


def test_what_is_over_has_its_own_times(recorded: InMemorySpanExporter) -> None:
    context.traceparent.set(CAME)
    tracing.over("waited", 100.0, 103.5, attributes={"messaging.system": "redis"})
    (span,) = recorded.get_finished_spans()
    assert (span.start_time, span.end_time) == (100_000_000_000, 103_500_000_000)
    assert ids(span)[2] == CAME[36:52]


def test_what_is_not_sampled_is_carried_on_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = TracerProvider(sampler=ALWAYS_OFF)
    monkeypatch.setattr(tracing, "_recorder", SpanRecorder(provider.get_tracer("test")))
    with tracing.step("unseen", "server"):
        flags = int(context.outgoing_headers(1)["traceparent"][-2:], 16)
    assert flags & TraceFlags.SAMPLED == 0


def test_what_is_recorded_is_told_and_nothing_else(
    recorded: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> dict[str, object]:
        return dict(json.loads(NotFound().response("/x").body))

    assert "trace_id" not in told()
    with tracing.step("GET /x", "server"):
        assert tracing.recorded() == context.traceparent.get()
        assert told()["trace_id"] == tracing.trace_id()
    provider = TracerProvider(sampler=ALWAYS_OFF)
    monkeypatch.setattr(tracing, "_recorder", SpanRecorder(provider.get_tracer("test")))
    with tracing.step("GET /x", "server"):
        assert tracing.recorded() is None
        assert "trace_id" not in told()
    monkeypatch.setattr(tracing, "_recorder", None)
    context.traceparent.set(CAME)
    assert tracing.recorded() is None, "what came is nothing that we record"
