"""The reads that go past FastAPI's routing: which ones do, and that nobody can tell by the answer."""

from typing import Any

import httpx2
import pytest
from conftest import Gateway
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from gateway import app as application
from gateway.routes import analyses
from gateway.routes.account import accounts
from gateway.web.direct_reads import DirectReads

AN = "an_01k0000000000000000000000a"
OWN = {"x-request-id", "ratelimit", "date"}


class Ordinary:
    """In the place of FastAPI: keeps which requests come to it."""

    def __init__(self) -> None:
        self.came: list[str] = []

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        self.came.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    ("path", "headers", "goes_directly"),
    [
        (f"/v1/analyses/{AN}", {}, True),
        (f"/v1/analyses/{AN}", {"If-None-Match": '"x"'}, True),
        (f"/v1/analyses/{AN}?wait=1", {}, False),
        (f"/v1/analyses/{AN}/result", {}, True),
        (f"/v1/analyses/{AN}/result", {"Range": "bytes=0-1"}, False),
        (f"/v1/analyses/{AN}/preview", {"If-None-Match": '"x"'}, False),
        ("/v1/analyses/an_0", {}, False),
        (f"/v1/analyses/{AN}%0A", {}, False),
        ("/v1/analyses", {}, True),
        ("/v1/analyses?limit=5&label=cat&has_code=true", {}, True),
        ("/v1/analyses?limit=0", {}, False),
        ("/v1/analyses?limit=1&limit=2", {}, False),
        ("/v1/analyses?label=", {}, False),
        ("/v1/me", {}, True),
        ("/v1/me?a=1", {}, False),
        ("/v1/me/sessions", {}, False),
    ],
)
async def test_a_plain_read_goes_directly(
    gateway: Gateway, path: str, headers: dict[str, str], goes_directly: bool
) -> None:
    ordinary = Ordinary()
    routers = [one.router for one in application.ROUTES]
    direct = DirectReads(ordinary, routers, application.HOT)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await direct({**scope, "app": gateway_app}, receive, send)

    gateway_app = application.create_app(gateway.wiring)
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app, raise_app_exceptions=False), base_url="http://gateway"
    ) as client:
        await client.get(path, headers=headers)
    assert bool(ordinary.came) is not goes_directly


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/analyses/{id}", {}),
        ("/v1/analyses/{id}", {"If-None-Match": "*"}),
        ("/v1/analyses/{id}?wait=0", {}),
        ("/v1/analyses/{id}?wait=x", {}),
        (f"/v1/analyses/{AN}", {}),
        ("/v1/analyses/an_0", {}),
        ("/v1/analyses/{id}/result", {}),
        (f"/v1/analyses/{AN}/preview", {}),
        ("/v1/analyses/{id}/result", {"Range": "bytes=0-3"}),
        ("/v1/analyses", {}),
        ("/v1/analyses?limit=3&has_code=false&from=2026-11-01T00:00:00Z", {}),
        ("/v1/analyses?limit=1&limit=2", {}),
        ("/v1/analyses?limit=101&face_count=3..1", {}),
        ("/v1/me", {}),
        ("/.well-known/jwks.json", {}),
        ("/v1/me", {"Authorization": "Bearer x"}),
        ("/v1/me", {"Authorization": ""}),
        ("/v1/analyses/an_0", {"Authorization": ""}),
        ("/v1/analyses", {"Authorization": "", "X-API-Key": "unknown"}),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_answer_is_the_one_of_the_ordinary_way(
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    headers: dict[str, str],
) -> None:
    known = (await gateway.submit()).json()["id"]
    path, sent = path.replace("{id}", known), {**gateway.auth(), **headers}
    told = []
    for hot in (application.HOT, ()):
        monkeypatch.setattr(application, "HOT", hot)
        transport = httpx2.ASGITransport(application.create_app(gateway.wiring))
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
            with capture_logs() as lines:
                answer = await client.request(method, path, headers=sent)
        body: Any = answer.content
        if body and (answer.is_error or path == "/v1/me"):
            body = {**answer.json(), "request_id": None, "created_at": None}
        kept = {name: value for name, value in answer.headers.items() if name not in OWN}
        counted = "ratelimit" in answer.headers
        (line,) = (one for one in lines if one["event"] == "request")
        log = {name: line[name] for name in ("method", "route", "path", "status")}
        told.append((answer.status_code, kept, body, counted, log))
    assert told[0] == told[1]


async def test_a_direct_read_is_measured_by_its_route(gateway: Gateway) -> None:
    labels = {"method": "GET", "route": "/v1/analyses/{analysis_id}", "status": "404"}
    before = REGISTRY.get_sample_value("http_requests_total", labels) or 0
    await gateway.client.get(f"/v1/analyses/{AN}", headers=gateway.auth())
    assert REGISTRY.get_sample_value("http_requests_total", labels) == before + 1


def test_an_endpoint_that_cannot_be_called_directly_is_refused_at_the_start() -> None:
    for endpoint, router in (
        (analyses.submit, analyses.router),
        (accounts.change_me, accounts.router),
    ):
        with pytest.raises(TypeError, match=endpoint.__name__):
            DirectReads(Ordinary(), [router], [endpoint])
