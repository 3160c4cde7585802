"""One analysis is one trace over all services, and nothing of a user's stands in it."""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Received

from conftest import PASSWORD, until
from stack.processes import ProcessStack

pytestmark = [pytest.mark.processes_only, pytest.mark.one_version]
EMAIL = "traced@example.test"
CAME = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-1bf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Span:
    service: str
    name: str
    kind: str
    id: str
    parent: str
    attributes: dict[str, str]


@dataclass
class Receiver:
    """Takes spans as any receiver of OTLP does (`/v1/traces`, protobuf)."""

    traces: dict[str, list[Span]] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            (service,) = (
                one.value.string_value
                for one in resource.resource.attributes
                if one.key == "service.name"
            )
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self.traces.setdefault(span.trace_id.hex(), []).append(_read(service, span))


def _read(service: str, span: Received) -> Span:
    values = {
        one.key: str(getattr(one.value, one.value.WhichOneof("value") or ""))
        for one in span.attributes
    }
    kind = Received.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower()
    return Span(service, span.name, kind, span.span_id.hex(), span.parent_span_id.hex(), values)


@pytest.fixture(scope="module")
def receiver() -> Iterator[tuple[Receiver, str]]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            zipped = self.headers.get("Content-Encoding") == "gzip"
            received.take(gzip.decompress(body) if zipped else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield received, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def traced(receiver: tuple[Receiver, str]) -> Iterator[ProcessStack]:
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver[1], "OTEL_BSP_SCHEDULE_DELAY": "100"}
    with ProcessStack(settings={"*": settings}) as stack:
        yield stack


@pytest.fixture(scope="module")
def trace(receiver: tuple[Receiver, str], traced: ProcessStack, tiny: bytes) -> list[Span]:
    """Of one analysis, submitted with a trace of the client's own."""
    with httpx2.Client(base_url=traced.base_url, timeout=60, trust_env=False) as http:
        http.post("/v1/users", json={"email": EMAIL, "password": PASSWORD}).raise_for_status()
        form = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}
        token = http.post("/v1/oauth/token", data=form).json()["access_token"]
        ended = http.post(
            "/v1/analyses",
            headers={"Authorization": f"Bearer {token}", "Prefer": "wait=30", "traceparent": CAME},
            files={"image": ("a.png", tiny)},
            data={"operations": ["colors"]},
        ).json()
    assert ended["status"] == "succeeded"
    received, _ = receiver

    def whole() -> list[Span] | None:
        """Each service sends its spans when it likes: all are there when each has its parent."""
        spans = list(received.traces.get(CAME[3:35], []))
        names, known = {span.name for span in spans}, {span.id for span in spans}
        beginnings = [span.parent for span in spans if span.parent not in known]
        is_whole = "process analysis.requested" in names and beginnings == [CAME[36:52]]
        return spans if is_whole else None

    return until(whole)


def test_one_trace_goes_through_all_services(trace: list[Span]) -> None:
    assert {span.service for span in trace} == {
        "gateway",
        "user-service",
        "result-service",
        "image-service",
    }
    by_id = {span.id: span for span in trace}
    first = [span for span in trace if span.parent not in by_id]
    assert [(span.name, span.parent) for span in first] == [("POST /v1/analyses", CAME[36:52])]
    (process,) = (span for span in trace if span.name == "process analysis.requested")
    announced = by_id[process.parent]
    assert (announced.service, announced.kind) == ("result-service", "server")
    asked = by_id[announced.parent]
    assert (asked.service, asked.kind, asked.name) == ("gateway", "client", "PUT result-service")


def test_the_wait_and_each_part_of_the_attempt_are_seen(trace: list[Span]) -> None:
    (process,) = (span for span in trace if span.name == "process analysis.requested")
    parts = {span.name for span in trace if span.parent == process.id}
    assert {"fetch", "run", "PUT result-service"} <= parts
    (wait,) = (span for span in trace if span.name == "wait analysis.requested")
    assert wait.parent == process.parent
    assert process.attributes["messaging.system"] == "redis"


def test_servers_speak_in_the_words_of_http(trace: list[Span]) -> None:
    servers = [span for span in trace if span.kind == "server"]
    assert servers
    for span in servers:
        route, method = span.attributes["http.route"], span.attributes["http.request.method"]
        assert span.name == f"{method} {route}"
        assert int(span.attributes["http.response.status_code"]) < 400


def test_an_answer_names_its_trace(traced: ProcessStack, receiver: tuple[Receiver, str]) -> None:
    answer = httpx2.get(f"{traced.base_url}/v1/me", headers={"traceparent": OTHER}, timeout=10)
    assert answer.json()["trace_id"] == OTHER[3:35]
    [timing] = [part for part in answer.headers.get_list("Server-Timing") if "traceparent" in part]
    spans = until(lambda: received_of(receiver[0], "GET /v1/me"))
    assert f'traceparent;desc="00-{OTHER[3:35]}-{spans[-1].id}-01"' in timing


def received_of(receiver: Receiver, name: str) -> list[Span] | None:
    return [span for span in receiver.traces.get(OTHER[3:35], []) if span.name == name] or None


def test_nothing_of_a_users_stands_in_a_trace(
    trace: list[Span], receiver: tuple[Receiver, str]
) -> None:
    sent = b"".join(receiver[0].bodies)
    for secret in (EMAIL, PASSWORD, "Bearer", "eyJ", "a.png"):
        assert secret.encode() not in sent
