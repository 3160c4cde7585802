"""The application: routes on top of the wiring."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI
from sightline_contracts import health, loader, problems, serve
from sightline_contracts.answers import DescribedApp
from sightline_contracts.boundary import Boundary
from sightline_contracts.objectives import Objectives
from sightline_contracts.service_identity import CallerCheck
from sightline_contracts.supervisor import Supervisor

from user_service import __version__
from user_service.routes import (
    administration,
    api_keys,
    mailed_links,
    oauth,
    provider_sign_ins,
    sessions,
    usage,
    users,
    webhooks,
)
from user_service.sla import NAME
from user_service.wiring import Wiring

ROUTES = (
    users,
    mailed_links,
    administration,
    api_keys,
    sessions,
    oauth,
    provider_sign_ins,
    usage,
    webhooks,
)


def create_app(wiring: Wiring) -> FastAPI:
    """Opens nothing; connections are made by the first request and closed with the lifespan."""
    loops = Supervisor()
    app = DescribedApp(
        title=NAME,
        version=__version__,
        lifespan=_lifespan(wiring, loops),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.wiring = wiring
    problems.install(app)

    sla = loader.sla(NAME)
    objectives = Objectives(sla)
    app.include_router(health.routes(NAME, __version__, serve.commit(), _checks(wiring, loops)))
    app.include_router(health.measures(objectives))
    for routes in ROUTES:
        app.include_router(routes.router)
    app.add_middleware(CallerCheck, callers=wiring.callers)
    app.add_middleware(Boundary, sla=sla, objectives=objectives)
    return app


def _lifespan(
    wiring: Wiring, loops: Supervisor
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Sends mails where there is a server for them; those that wait at the end are sent before the table is
    closed, which they need."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sending = loops.start("mails", wiring.outbox.run) if wiring.outbox.is_configured else None
        yield
        if sending is not None:
            await wiring.outbox.drain()
            await sending.stop()
        wiring.table.close()

    return lifespan


def _checks(wiring: Wiring, loops: Supervisor) -> dict[str, health.Check]:
    async def table() -> None:
        await wiring.table.check()

    checks: dict[str, health.Check] = {"table": table}
    if wiring.outbox.is_configured:
        checks["loops"] = loops.check
    return checks
