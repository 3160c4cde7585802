"""What the boundary does to every request."""

import json

import httpx2
import pytest
from conftest import SLA, broken, make_app, weak
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from sightline_contracts import health, logs
from sightline_contracts.boundary import Boundary
from sightline_contracts.objectives import Objectives


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


async def test_a_client_that_goes_away_in_the_middle_of_its_body_is_no_error_of_ours() -> None:
    parts = [{"type": "http.request", "body": b"half", "more_body": True}]
    sent: list[object] = []

    async def receive() -> object:
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "PUT", "path": "/things/a", "headers": [], "query_string": b"",
             "scheme": "http", "server": ("example", 80), "client": ("peer", 1)}  # fmt: skip
    with capture_logs() as logged:
        await make_app({})(scope, receive, send)  # type: ignore[arg-type]
    assert sent == []
    assert [(line["event"], line["status"]) for line in logged] == [("request", 499)]
