"""What the boundary does to every request."""

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator

import httpx2
import pytest
from conftest import SLA, broken, make_app, weak
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

from sightline_contracts import context, health, logs
from sightline_contracts.boundary import Boundary
from sightline_contracts.objectives import Objectives
from sightline_contracts.problems import Unavailable


@pytest.mark.parametrize("given", ["a", "A-b_c.9", "x" * 64])
async def test_a_well_formed_request_id_is_taken(client: httpx2.AsyncClient, given: str) -> None:
    answer = await client.get("/livez", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "ä", '"', "a/b"])
async def test_any_other_is_replaced(client: httpx2.AsyncClient, given: str) -> None:
    headers = {"X-Request-Id": given.encode("latin-1")}
    answer = await client.get("/teapot", headers=headers)  # type: ignore[arg-type]
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"] != given


async def test_the_budget_that_is_left_is_passed_on(client: httpx2.AsyncClient) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    headers = {"X-Request-Deadline-Ms": "700", "traceparent": trace, "X-Request-Id": "r"}
    told = (await client.get("/context", headers=headers)).json()
    assert 0 < int(told["headers"]["X-Request-Deadline-Ms"]) <= 700
    assert (told["headers"]["X-Request-Id"], told["headers"]["traceparent"]) == ("r", trace)


@pytest.mark.parametrize("given", ["-5", "x", "99999999999", "1.5"])
async def test_a_budget_that_is_none_is_our_own(client: httpx2.AsyncClient, given: str) -> None:
    told = (await client.get("/context", headers={"X-Request-Deadline-Ms": given})).json()
    assert 4 < told["left"] <= 5


async def test_work_that_nobody_waits_for_is_not_begun() -> None:
    begun = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        begun.append(scope["path"])

    bounded = Boundary(app, SLA, Objectives(SLA))
    transport = httpx2.ASGITransport(bounded)
    async with httpx2.AsyncClient(transport=transport, base_url="http://example") as client:
        answer = await client.get("/things", headers={"X-Request-Deadline-Ms": "0"})
    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/deadline-exceeded")
    assert begun == []


async def test_what_takes_too_long_is_504(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/slow")
    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/deadline-exceeded")


async def test_a_stream_that_has_begun_may_go_on(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/stream")).content == b"part" * 3


async def test_the_body_limit_is_that_of_the_operation(client: httpx2.AsyncClient) -> None:
    assert (await client.put("/things/a", content=b"x" * 1000)).json() == 1000
    refused = await client.put("/things/a", content=b"x" * 1001)
    assert (refused.status_code, refused.json()["type"]) == (413, "/problems/body-too-large")
    assert (await client.post("/things", content=b"x" * 101)).status_code == 413


async def test_an_unexpected_error_tells_nothing_of_the_inside(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/crash")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert "secret" not in answer.text


@pytest.mark.parametrize("by_the_framework", [True, False])
async def test_an_answer_that_a_problem_breaks_off_is_no_unexpected_error(
    by_the_framework: bool,
) -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if by_the_framework:
            raise RuntimeError("as it says it") from Unavailable()
        raise Unavailable

    async def nothing(_message: Message | None = None) -> Message:
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": "GET", "path": "/things", "headers": []}
    with capture_logs() as lines:
        await Boundary(app, SLA, Objectives(SLA))(scope, nothing, nothing)
    line = next(line for line in lines if line["event"] != "request")
    assert (line["event"], line["log_level"], line["reason"]) == (
        "answer_broken_off",
        "warning",
        "unavailable",
    )


async def test_a_log_line_has_no_query_no_body_and_no_token_of_a_path(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure("example")
    await client.get("/context?token=secret", headers={"X-Request-Id": "line-1"})
    assert (await client.get("/links/secret")).json() == len("secret")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["path"] == "/links/{token}"
    line = next(one for one in lines if one["event"] == "request")
    assert (line["request_id"], line["route"], line["status"]) == ("line-1", "/context", 200)
    assert "secret" not in str(lines)


def test_work_goes_on_where_nobody_takes_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    gone = Gone()
    monkeypatch.setattr(sys, "stdout", gone)
    logs.Lines().info("a line")
    assert gone.getvalue() == "a line\n"


@pytest.mark.parametrize(
    ("checks", "status", "state"),
    [({}, 200, "ok"), ({"engine": weak}, 200, "degraded"), ({"store": broken}, 503, None)],
)
async def test_readiness_has_three_answers(
    checks: dict[str, health.Check], status: int, state: str | None
) -> None:
    transport = httpx2.ASGITransport(make_app(checks))
    async with httpx2.AsyncClient(transport=transport, base_url="http://example") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == status
    if state is None:
        assert answer.json()["checks"] == {"store": "ConnectionError"}
    else:
        assert answer.json()["status"] == state


async def test_version_and_metrics_are_there(client: httpx2.AsyncClient) -> None:
    told = (await client.get("/version")).json()
    assert told == {"service": "example", "version": "1.2.3", "commit": "abc"}
    metrics = (await client.get("/metrics")).text
    assert 'http_requests_total{method="GET",route="/version",status="200"}' in metrics
    assert 'objective_budget_left_ratio{objective="' in metrics


async def test_a_client_that_goes_away_in_the_middle_of_its_body_is_no_error_of_ours() -> None:
    parts = [{"type": "http.request", "body": b"half", "more_body": True}]
    sent: list[object] = []

    async def receive() -> object:
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "PUT",
        "path": "/things/a",
        "headers": [],
        "query_string": b"",
        "scheme": "http",
        "server": ("example", 80),
        "client": ("peer", 1),
    }
    with capture_logs() as logged:
        await make_app({})(scope, receive, send)  # type: ignore[arg-type]
    assert sent == []
    assert [(line["event"], line["status"]) for line in logged] == [("request", 499)]


async def test_the_body_limit_holds_to_the_byte_where_no_length_is_announced(
    client: httpx2.AsyncClient,
) -> None:
    async def parts(length: int) -> AsyncIterator[bytes]:
        for _ in range(length):
            yield b"x"

    assert (await client.put("/things/a", content=parts(1000))).json() == 1000
    refused = await client.put("/things/a", content=parts(1001))
    assert (refused.status_code, refused.json()["type"]) == (413, "/problems/body-too-large")


@pytest.mark.parametrize(("length", "begun"), [(100, True), (101, False)])
async def test_what_is_announced_as_too_large_is_not_begun(length: int, begun: bool) -> None:
    seen = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        seen.append(scope["path"])
        await _answer(send)

    transport = httpx2.ASGITransport(Boundary(app, SLA, Objectives(SLA)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://example") as client:
        await client.post("/things", content=b"x" * length)
    assert bool(seen) == begun


async def test_a_length_that_no_number_has_room_for_is_too_large(
    client: httpx2.AsyncClient,
) -> None:
    headers = {"Content-Length": "9" * 5000}
    refused = await client.put("/things/a", content=b"x", headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (413, "/problems/body-too-large")


async def answer_late(_scope: Scope, _receive: Receive, send: Send) -> None:
    """At the very moment at which the deadline ends it, as a call's own deadline makes it."""
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"late"})


async def answer_late_and_end(scope: Scope, receive: Receive, send: Send) -> None:
    try:
        await answer_late(scope, receive, send)
    finally:
        raise asyncio.CancelledError


async def answer_from_a_task_of_its_own(scope: Scope, receive: Receive, send: Send) -> None:
    """As a streamed answer is sent."""
    asked = asyncio.create_task(asyncio.sleep(10))
    try:
        await asked
    finally:
        await asyncio.create_task(_answer(send))


async def _answer(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"late"})


LATE = [answer_late, answer_late_and_end, answer_from_a_task_of_its_own]


@pytest.mark.parametrize("framework", [False, True], ids=["", "behind-the-framework"])
@pytest.mark.parametrize("app", LATE, ids=lambda app: str(app.__name__))
async def test_an_answer_that_comes_while_the_deadline_fires_is_the_problem(
    app: ASGIApp, framework: bool
) -> None:
    objectives = Objectives(SLA)
    inner = ServerErrorMiddleware(ExceptionMiddleware(app)) if framework else app
    transport = httpx2.ASGITransport(Boundary(inner, SLA, objectives))
    async with httpx2.AsyncClient(transport=transport, base_url="http://example") as client:
        with capture_logs() as logged:
            answer = await client.get("/slow", headers={"X-Request-Id": "late-1"})
    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/deadline-exceeded")
    assert answer.headers["X-Request-Id"] == answer.json()["request_id"] == "late-1"
    assert [(line["event"], line["status"]) for line in logged] == [("request", 504)]


async def test_an_answer_that_has_begun_before_the_deadline_is_the_answer() -> None:
    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(0.1)  # the deadline is over by then
        await send({"type": "http.response.body", "body": b"whole"})

    transport = httpx2.ASGITransport(Boundary(app, SLA, Objectives(SLA)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://example") as client:
        assert (await client.get("/slow")).content == b"whole"


@pytest.mark.parametrize("given", ["0", "1", "700"])
async def test_where_clients_call_their_deadline_is_not_believed(given: str) -> None:
    begun: list[float] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        begun.append(context.remaining(100))
        await _answer(send)

    transport = httpx2.ASGITransport(Boundary(app, SLA, Objectives(SLA), outside=True))
    async with httpx2.AsyncClient(transport=transport, base_url="http://example") as client:
        answer = await client.get("/things", headers={"X-Request-Deadline-Ms": given})
    assert answer.status_code == 200
    assert 4 < begun[0] <= 5
