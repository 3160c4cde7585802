"""The status page as JSON, and the contract."""

import asyncio

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from gateway import __version__
from gateway.models.operations import ObjectiveState, ServiceState, SystemStatus
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import WiringPart
from gateway.upstream.client import State

_SOON = "public, max-age=1, stale-while-revalidate=4, stale-if-error=0"
"""Who looks at the state of a system must not be told an old one: five seconds, and no more while it is away."""

router = APIRouter(tags=["operations"])


@router.get(
    "/v1/status",
    operation_id="status",
    summary="Get the status of the system",
    responses=problems(503, 504),
)
async def system_status(wiring: WiringPart, response: Response) -> SystemStatus:
    """Public: each service's state, each engine's, and each objective of its SLA as the process that answers has kept it."""
    response.headers["Cache-Control"] = _SOON
    asking = asyncio.gather(*(upstream.state() for upstream in wiring.upstreams))
    engines, behind = await asyncio.gather(wiring.engines.states(), asking)
    gateway = State("ok", __version__, wiring.objectives.report().model_dump())
    names = ("gateway", *(upstream.service for upstream in wiring.upstreams))
    states = list(zip(names, (gateway, *behind), strict=True))
    return SystemStatus(
        services=[
            ServiceState.model_validate(
                {"name": name, "state": service.state, "version": service.version}
            )
            for name, service in states
        ],
        engines=engines,
        objectives=[
            ObjectiveState.model_validate({"service": name, **measured})
            for name, service in states
            for measured in service.report["objectives"]
        ],
    )


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> JSONResponse:
    app: FastAPI = request.app
    return JSONResponse(app.openapi(), headers={"Cache-Control": "no-cache"})
