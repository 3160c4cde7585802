"""What a service does wrong while it runs is caught at the gateway, and no client sees it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sightline_contracts import context, ids
from sightline_contracts.problems import MEDIA_TYPE, Unavailable

from gateway.errors import ContractViolation, UpstreamFailed, UpstreamTimeout
from gateway.upstream.client import Upstream

PATH = f"/v1/users/{ids.new_id('us')}/analyses/{ids.new_id('an')}"
INPUT = {
    "kind": "upload",
    "image_url": None,
    "operations": ["hash"],
    "engine": "auto",
    "metadata": {},
}
ANALYSIS = {
    "id": "an",
    "status": "queued",
    "created_at": "t",
    "started_at": None,
    "finished_at": None,
    "input": INPUT,
    "attempts": 0,
    "error": None,
    "result": None,
    "retry_of": None,
    "request_id": "r",
    "metering": None,
    "links": {"self": "/", "result": "/", "preview": "/", "events": "/"},
}
PROBLEM = {
    "type": "/problems/not-found",
    "title": "x",
    "status": 404,
    "detail": "x",
    "instance": "/",
    "request_id": "r",
}


@dataclass(frozen=True)
class Fault:
    """`body` becomes the answer of GET an analysis. `caught`: as what the gateway takes it."""

    says: str
    caught: type[Exception] = ContractViolation
    body: Callable[[dict[str, Any]], Any] = dict
    status: int = 200
    media_type: str = "application/json"
    late: bool = False
    cut: bool = False

    def __str__(self) -> str:
        return self.says


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    return lambda body: {key: value for key, value in body.items() if key != name}


def having(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda body: {**body, **changes}


FAULTS = (
    Fault("a field is removed", body=without("attempts")),
    Fault("a field that may be null is removed", body=without("error")),
    Fault("a field deep inside is removed", body=having(links={"self": "/"})),
    Fault("a type is changed", body=having(attempts="0")),
    Fault("a type deep inside is changed", body=having(input={**INPUT, "operations": "hash"})),
    Fault("a null where none may be", body=having(request_id=None)),
    Fault("an enum's value is new", body=having(status="paused")),
    Fault("a list in the place of an object", body=lambda _: []),
    Fault("no JSON", body=lambda _: b"{"),
    Fault("nothing", body=lambda _: b""),
    Fault("another media type", media_type="text/html"),
    Fault("a success that is not declared", status=203),
    Fault(
        "an error that is not declared", status=418, body=lambda _: PROBLEM, media_type=MEDIA_TYPE
    ),
    Fault("an error that is not problem+json", status=404, body=lambda _: PROBLEM),
    Fault(
        "a problem without a type",
        status=404,
        media_type=MEDIA_TYPE,
        body=lambda _: {key: PROBLEM[key] for key in PROBLEM if key != "type"},
    ),
    Fault(
        "a page of a proxy in between", status=503, media_type="text/html", body=lambda _: b"<p>"
    ),
    Fault("an answer too late", UpstreamTimeout, late=True),
    Fault("an answer that is cut off", UpstreamFailed, cut=True),
)


@dataclass
class Service:
    upstream: Upstream
    fault: Fault | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        fault = self.fault or Fault("none")
        if fault.late:
            await asyncio.sleep(10)  # until the gateway hangs up
        body = fault.body(dict(ANALYSIS))
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": fault.media_type}
        if not fault.cut:
            return web.Response(body=raw, status=fault.status, headers=headers)
        response = web.StreamResponse(headers={**headers, "Content-Length": str(len(raw))})
        await response.prepare(request)
        await response.write(raw[:10])
        assert request.transport is not None
        request.transport.abort()
        return response


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    app = web.Application()
    async with TestServer(app) as server:
        found = Service(Upstream("result-service", str(server.make_url(""))))
        app.router._frozen = False
        app.router.add_get("/{tail:.*}", found.answer)
        await found.upstream.open()
        yield found
        await found.upstream.close()


async def test_without_a_fault_it_is_read(service: Service) -> None:
    assert (await service.upstream.call("GET", PATH)).json() == ANALYSIS


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_fault_is_caught(service: Service, fault: Fault) -> None:
    service.fault = fault
    context.deadline.set(time.monotonic() + (0.2 if fault.late else 5))
    caught = (fault.caught, Unavailable) if fault.cut else fault.caught
    with pytest.raises(caught) as told:
        await service.upstream.call("GET", PATH)
    assert json.dumps(ANALYSIS)[:10] not in str(told.value)
