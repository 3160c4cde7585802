"""The worker in the lifespan, and the health endpoints beside it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from sightline_contracts import health, loader, problems, serve
from sightline_contracts.answers import describe
from sightline_contracts.boundary import Boundary
from sightline_contracts.tasks import stop

from image_service import __version__, api
from image_service.model_file import model_file
from image_service.wiring import NAME, Wiring


def create_app(wiring: Wiring) -> FastAPI:
    """Opens nothing. The lifespan starts the pool before the consumer that feeds it, and stops
    them in mirrored order."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            await wiring.results.open()
            stack.push_async_callback(wiring.results.close)
            stack.push_async_callback(wiring.stream.close)
            following = asyncio.create_task(wiring.control.run())
            stack.push_async_callback(stop, following)
            sending = asyncio.create_task(wiring.webhooks.run())
            stack.push_async_callback(stop, sending)
            await wiring.instances.open()
            stack.push_async_callback(wiring.instances.close)
            wiring.consumer.start()
            stack.push_async_callback(wiring.consumer.drain, wiring.settings.drain_s)
            yield

    async def engine() -> str | None:
        if model_file(wiring.settings.models_dir) is None:
            return "the face model is missing; faces are found by a Haar cascade"
        return None

    app = FastAPI(
        title=NAME, version=__version__, lifespan=lifespan,
        openapi_url=None, docs_url=None, redoc_url=None,
    )  # fmt: skip
    problems.install(app)
    checks: dict[str, health.Check] = {
        "redis": wiring.stream.check,
        "result-service": wiring.results.check,
        "worker": wiring.consumer.check,
        "engine": engine,
    }
    app.include_router(health.routes(NAME, __version__, serve.commit(), checks))
    app.include_router(api.routes(wiring))
    describe(app.openapi())
    app.add_middleware(Boundary, sla=loader.sla(NAME))
    return app
