"""The application: routes on top of the wiring, its loops in the lifespan."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from sightline_contracts import health, loader, problems, serve
from sightline_contracts.answers import DescribedApp
from sightline_contracts.boundary import Boundary
from sightline_contracts.objectives import Objectives
from sightline_contracts.service_identity import CallerCheck
from sightline_contracts.supervisor import Supervisor

from result_service import __version__
from result_service.routes import (
    analyses,
    batches,
    dead_letters,
    function,
    queues,
    shares,
    uploads,
    users,
    webhooks,
    work,
)
from result_service.sla import NAME
from result_service.wiring import Wiring

ROUTES = (analyses, shares, work, batches, dead_letters, function, queues, users, uploads, webhooks)
"""In the order of the API's documentation."""


def create_app(wiring: Wiring) -> FastAPI:
    """Opens nothing. The lifespan starts the sweeper, the completion, the index's tidying and the listening for
    deletions, and stops them in mirrored order; the completion leaves nothing undone."""
    loops = Supervisor()

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sweeping = loops.start("sweeper", wiring.sweeper.run)
        completing = loops.start("completion", wiring.completion.run)
        tidying = loops.start("tidying", wiring.tidying.run)
        listening = loops.start("deletions", wiring.deletions.run)
        yield
        await listening.stop()
        await tidying.stop()
        await completing.stop()
        await wiring.completion.flush()
        await sweeping.stop()
        await wiring.close()

    app = DescribedApp(
        title=NAME,
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    app.state.wiring = wiring
    problems.install(app)
    sla = loader.sla(NAME)
    objectives = Objectives(sla)
    app.include_router(health.routes(NAME, __version__, serve.commit(), _checks(wiring, loops)))
    app.include_router(health.measures(objectives, wiring.queues.show))
    for routes in ROUTES:
        app.include_router(routes.router)
    app.add_middleware(CallerCheck, callers=wiring.callers)
    app.add_middleware(Boundary, sla=sla, objectives=objectives)
    return app


def _checks(wiring: Wiring, loops: Supervisor) -> dict[str, health.Check]:
    """The bucket must be ready. Without Redis work is still accepted, and announced later: degraded, not
    down."""

    async def redis() -> str | None:
        try:
            async with asyncio.timeout(health.OPTIONAL_TIMEOUT_S):
                await wiring.stream.check()
        except Exception as error:  # noqa: BLE001  # whatever keeps Redis away means the same here
            return type(error).__name__
        return None

    return {"bucket": wiring.bucket.check, "redis": redis, "loops": loops.check}
