"""A small app behind the boundary, with an SLA of its own."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from sightline_contracts import context, health, problems
from sightline_contracts.boundary import Boundary
from sightline_contracts.loader import Objective, Operation, Sla
from sightline_contracts.objectives import Objectives

SLA = Sla(
    service="example",
    version="1.0.0",
    default=Operation(timeout_s=5, body_limit_bytes=100, retries=1),
    operations={
        "GET /slow": Operation(timeout_s=0.05, body_limit_bytes=100, retries=1),
        "GET /stream": Operation(timeout_s=0.05, body_limit_bytes=100, retries=1),
        "PUT /things/{thing}": Operation(timeout_s=5, body_limit_bytes=1000, retries=1),
    },
    objectives=(
        Objective("latency-p95", None, 1, "s", 0.95, "1h"),
        Objective("availability", None, 0.9, "share", None, "1h"),
    ),
    settings={},
)


class Thing(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    name: str
    parts: list[int] = []


class Teapot(problems.Problem):
    status, slug, title = 418, "teapot", "No coffee here"


async def broken() -> str | None:
    raise ConnectionError


async def weak() -> str | None:
    return "half as fast"


router = APIRouter()


@router.post("/things")
async def make(thing: Thing) -> Thing:
    return thing


@router.put("/things/{thing}")
async def put(thing: str, request: Request) -> int:
    return len(await request.body())


@router.get("/teapot")
async def teapot() -> None:
    raise Teapot("Try tea.", headers={"Retry-After": "9"}, extra={"hint": "tea"})


@router.get("/crash")
async def crash() -> None:
    raise RuntimeError("secret of the inside")


@router.get("/links/{token}")
async def link(token: str) -> int:
    return len(token)


@router.get("/slow")
async def slow() -> None:
    await asyncio.sleep(10)


@router.get("/stream")
async def stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(3):
            await asyncio.sleep(0.05)
            yield b"part"

    return StreamingResponse(parts())


@router.get("/context")
async def show() -> dict[str, object]:
    return {"headers": context.outgoing_headers(2.0), "left": context.remaining(100)}


def make_app(checks: dict[str, health.Check]) -> FastAPI:
    app = FastAPI(openapi_url=None)
    problems.install(app)
    objectives = Objectives(SLA)
    app.include_router(health.routes("example", "1.2.3", "abc", checks))
    app.include_router(health.measures(objectives))
    app.include_router(router)
    app.add_middleware(Boundary, sla=SLA, objectives=objectives)
    return app


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(make_app({}))
    async with httpx2.AsyncClient(transport=transport, base_url="http://example") as made:
        yield made
