"""The application: routes on top of the wiring, the sweeper in the lifespan."""

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
    uploads,
    users,
    webhooks,
    work,
)
from result_service.wiring import NAME, Wiring


def create_app(wiring: Wiring) -> FastAPI:
    """Opens nothing; two loops start with the lifespan and stop before it ends, the completion with
    nothing left to do."""
    loops = Supervisor()

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sweeping = loops.start("sweeper", wiring.sweeper.run)
        completing = loops.start("completion", wiring.completion.run)
        yield
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
    problems.install(app)
    checks: dict[str, health.Check] = {
        "bucket": wiring.bucket.check,
        "redis": lambda: _or_degraded(wiring),
        "loops": loops.check,
    }
    sla = loader.sla(NAME)
    objectives = Objectives(sla)
    app.include_router(health.routes(NAME, __version__, serve.commit(), checks))
    app.include_router(health.measures(objectives))
    app.include_router(analyses.routes(wiring))
    app.include_router(work.routes(wiring))
    app.include_router(batches.routes(wiring))
    app.include_router(dead_letters.routes(wiring))
    app.include_router(function.routes(wiring))
    app.include_router(users.routes(wiring))
    app.include_router(uploads.routes(wiring))
    app.include_router(webhooks.routes(wiring))
    app.add_middleware(CallerCheck, callers=wiring.callers)
    app.add_middleware(Boundary, sla=sla, objectives=objectives)
    return app


async def _or_degraded(wiring: Wiring) -> str | None:
    """Without Redis work is still accepted, and announced later: degraded, not down."""
    try:
        async with asyncio.timeout(health.OPTIONAL_TIMEOUT_S):
            await wiring.stream.check()
    except Exception as error:  # noqa: BLE001  # whatever keeps Redis away means the same here
        return type(error).__name__
    return None
