"""`/livez`, `/readyz`, `/version`, `/objectives` and `/metrics`, the same on every service."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from sightline_contracts import metrics
from sightline_contracts.answers import problems
from sightline_contracts.drain import is_draining
from sightline_contracts.objectives import Objectives, ObjectivesReport
from sightline_contracts.problems import Problem

CHECK_TIMEOUT_S = 2.0
OPTIONAL_TIMEOUT_S = 1.0
"""For a check of something that can be away: it says so itself before it is given up."""

Check = Callable[[], Awaitable[str | None]]
"""None when all is well, a short reason when the dependency works in a lesser form; raises
when it does not work at all."""


class Unfit(Exception):
    """Raised by a check that knows what to say: its text is shown, and names no address."""


class Health(BaseModel):
    """`checks`: "ok" or the reason, per dependency."""

    status: Literal["ok", "degraded"]
    checks: dict[str, str]


class Version(BaseModel):
    service: str
    version: str
    commit: str


class NotReady(Problem):
    status, slug, title = 503, "not-ready", "The service cannot do its job right now"


class Draining(Problem):
    """It serves on while its callers turn to another, which is there."""

    status, slug, title = 503, "draining", "The service is about to leave"


def routes(service: str, version: str, commit: str, checks: Mapping[str, Check]) -> APIRouter:
    """The health endpoints. `checks` are asked together, each within two seconds."""
    router = APIRouter(tags=["health"])

    @router.get("/livez", operation_id="livez", summary="Tell whether the service is alive")
    async def livez() -> dict[Literal["status"], Literal["ok"]]:
        """Alive: touches nothing."""
        return {"status": "ok"}

    @router.get(
        "/readyz",
        operation_id="readyz",
        summary="Tell whether the service is ready",
        responses=problems(503),
    )
    async def readyz(request: Request) -> Health:
        """Ready: asks each dependency and names the bad ones."""
        if is_draining(request.app):
            raise Draining(headers={"Retry-After": "1"})
        reasons = await asyncio.gather(*(_ask(check) for check in checks.values()))
        found = dict(zip(checks, (reason for reason, _ in reasons), strict=True))
        if not all(works for _, works in reasons):
            raise NotReady(headers={"Retry-After": "1"}, extra={"checks": found})
        degraded = any(reason != "ok" for reason in found.values())
        return Health(status="degraded" if degraded else "ok", checks=found)

    @router.get("/version", operation_id="version", summary="Tell which version runs")
    async def which_version() -> Version:
        """The service's version and the commit that it was built from."""
        return Version(service=service, version=version, commit=commit)

    return router


async def _nothing_more() -> None:
    pass


def measures(
    objectives: Objectives, look: Callable[[], Awaitable[None]] = _nothing_more
) -> APIRouter:
    """What a service knows of itself, for whoever stands behind the edge. `look` sets the gauges of what is
    looked at only where somebody asks; it raises nothing, and has CHECK_TIMEOUT_S."""
    router = APIRouter(tags=["health"])

    @router.get("/objectives", operation_id="objectives")
    async def measured() -> ObjectivesReport:
        """Its objectives and how this process has kept them lately."""
        return objectives.report()

    @router.get("/metrics", operation_id="metrics", include_in_schema=False)
    async def prometheus_metrics() -> Response:
        await look()
        for one in objectives.report().objectives:
            metrics.BUDGET_LEFT.labels(one.name).set(one.budget_left)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _ask(check: Check) -> tuple[str, bool]:
    """What to say of a dependency, and whether it works. The reason names no address."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await check() or "ok", True
    except Unfit as error:
        return str(error), False
    except Exception as error:  # noqa: BLE001  # any failure of a probe means "not ready"
        return type(error).__name__, False
