"""Health, status and documentation."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from conftest import Gateway
from sightline_contracts import health, loader

from gateway.app import create_app
from gateway.settings import Settings
from gateway.upstream import client as upstream
from gateway.wiring import real


async def test_the_status_page_names_every_service_and_objective(gateway: Gateway) -> None:
    await gateway.submit()
    status = (await gateway.client.get("/v1/status")).json()
    states = {one["name"]: one["state"] for one in status["services"]}
    assert states == {
        "gateway": "ok",
        "user-service": "ok",
        "result-service": "ok",
        "image-service": "down",
    }
    measured = {(one["service"], one["name"]): one for one in status["objectives"]}
    submit = measured["gateway", "submit-latency-p95"]
    assert submit["measured"] > 0
    assert submit["holds"] == (submit["measured"] <= submit["target"])
    # One submission, late on a busy machine, is twenty times what five in a hundred allow.
    assert submit["budget_left"] == pytest.approx(1 if submit["holds"] else -19)
    assert measured["gateway", "freshness-p95"]["measured"] is None
    assert measured["user-service", "latency-p95"]["budget_left"] == 0.75, "as it says itself"
    away = measured["image-service", "accept-to-end-p95"]
    assert (away["measured"], away["budget_left"]) == (None, 1)


async def test_a_service_that_hangs_is_down_on_the_status_page_and_the_others_are_not(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "STATE_WITHIN_S", 0.2)
    gateway.results.mode = "hang"
    answer = await gateway.client.get("/v1/status")
    gateway.results.may_answer.set()
    assert answer.status_code == 200
    states = {one["name"]: one["state"] for one in answer.json()["services"]}
    assert states == {
        "gateway": "ok",
        "user-service": "ok",
        "result-service": "down",
        "image-service": "down",
    }
    names = {(one["service"], one["name"]) for one in answer.json()["objectives"]}
    assert ("result-service", "latency-p95") in names


def test_the_status_page_waits_for_what_a_service_says_when_it_is_degraded() -> None:
    within = loader.sla("gateway").operation("GET", "/v1/status").timeout_s
    assert health.CHECK_TIMEOUT_S < upstream.STATE_WITHIN_S < within
    assert health.OPTIONAL_TIMEOUT_S < health.CHECK_TIMEOUT_S


@pytest.mark.parametrize("what", ["image-service", "redis"])
async def test_ready_although_what_can_be_away_hangs(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """It is given up, as degraded, before the check is as a whole."""

    async def hang() -> None:
        await asyncio.Event().wait()

    part = {
        "image-service": (gateway.wiring.images, "health"),
        "redis": (gateway.wiring.hints, "check"),
    }
    monkeypatch.setattr(*part[what], hang)
    answer = await gateway.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


async def test_ready_although_the_worker_is_away(gateway: Gateway) -> None:
    answer = await gateway.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["image-service"] == "down"


async def test_not_ready_without_result_service(gateway: Gateway) -> None:
    gateway.results.mode = "503"
    answer = await gateway.client.get("/readyz")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")
    assert answer.json()["checks"]["result-service"] != "ok"


async def test_metrics_are_there_for_whoever_stands_behind_the_edge(gateway: Gateway) -> None:
    await gateway.client.get("/v1/status")
    metrics = (await gateway.client.get("/metrics")).text
    assert 'route="/v1/status"' in metrics


async def test_a_gateway_that_is_the_edge_publishes_no_metrics(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("page")
    app = create_app(real(Settings(static_dir=tmp_path)))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        page, metrics = await client.get("/"), await client.get("/metrics")
    assert (page.text, metrics.status_code) == ("page", 404)
    assert metrics.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sign-in", 200),
        ("/history/", 200),
        ("/analyses/an_01k00000000000000000000000", 200),
        ("/analyses/an_short", 404),
        ("/history/more", 404),
        ("/nothing", 404),
        ("/v1/history", 404),
    ],
)
async def test_a_gateway_that_is_the_edge_answers_the_pages_addresses(
    tmp_path: Path, path: str, status: int
) -> None:
    (tmp_path / "index.html").write_text("page")
    transport = httpx2.ASGITransport(create_app(real(Settings(static_dir=tmp_path))))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get(path)
    assert answer.status_code == status
    assert (answer.text == "page") == (status == 200)


async def test_a_gateway_that_is_the_edge_has_a_page_for_links_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "not-found.html").write_text("lost")
    transport = httpx2.ASGITransport(create_app(real(Settings(static_dir=tmp_path))))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        page = await client.get("/nothing", headers={"Accept": "text/html,*/*;q=0.8"})
        problem = await client.get("/nothing", headers={"Accept": "application/json"})
        of_api = await client.get("/v1/nothing", headers={"Accept": "text/html"})
    assert (page.status_code, page.text) == (404, "lost")
    assert (problem.status_code, problem.json()["instance"]) == (404, "/nothing")
    assert of_api.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("PUT", "/v1/status", 405)],
)
async def test_what_is_not_there_is_a_problem_too(
    gateway: Gateway, method: str, path: str, status: int
) -> None:
    answer = await gateway.client.request(method, path, headers={"X-Request-Id": "bad id!"})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"] != "bad id!"
