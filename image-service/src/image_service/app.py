"""The worker in the lifespan, and the health endpoints beside it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from sightline_contracts import health, loader, problems, serve
from sightline_contracts.answers import describe
from sightline_contracts.boundary import Boundary
from sightline_contracts.service_identity import CallerCheck

from image_service import __version__
from image_service.local_engine import label_check
from image_service.operations.face_model import model_file
from image_service.routes import function
from image_service.wiring import NAME, Wiring


def create_app(wiring: Wiring) -> FastAPI:
    """Opens nothing. The lifespan starts the pool before the consumer that feeds it, and stops
    them in mirrored order."""

    off: dict[str, str] = {}

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            await wiring.results.open()
            stack.push_async_callback(wiring.results.close)
            stack.push_async_callback(wiring.known.close)
            stack.push_async_callback(wiring.vendors.close)
            await wiring.vendors.open()
            for lane in wiring.lanes:
                stack.push_async_callback(lane.stream.close)
            following = wiring.loops.start("function-settings", wiring.control.run)
            stack.push_async_callback(following.stop)
            sending = wiring.loops.start("webhooks", wiring.webhooks.run)
            stack.push_async_callback(sending.stop)
            off.update(await label_check.faults(wiring.settings.models_dir))
            for lane in wiring.lanes:
                await lane.instances.open()
                stack.push_async_callback(lane.instances.close)
            for lane in wiring.lanes:
                lane.consumer.start()
            stack.push_async_callback(drain)
            yield

    async def drain() -> None:
        """All at once: they have the same grace time."""
        drains = [lane.consumer.drain(wiring.settings.drain_s) for lane in wiring.lanes]
        await asyncio.gather(*drains)

    async def engine() -> str | None:
        if model_file(wiring.settings.models_dir) is None:
            return "the face model is missing; faces are found by a Haar cascade"
        return None

    async def vendors() -> str | None:
        off = await wiring.vendors.off()
        said = (
            f"{name} ({operation}): {reason}"
            for name, reasons in off.items()
            for operation, reason in reasons.items()
        )
        return "; ".join(said) or None

    async def label_models() -> str | None:
        return label_check.reason(off)

    app = FastAPI(
        title=NAME,
        version=__version__,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    checks: dict[str, health.Check] = {
        "redis": wiring.ordinary.stream.check,
        "result-service": wiring.results.check,
        "worker": wiring.ordinary.consumer.check,
        "text-worker": wiring.text.consumer.check,
        "loops": wiring.loops.check,
        "engine": engine,
        "label-models": label_models,
        "vendors": vendors,
    }
    app.include_router(health.routes(NAME, __version__, serve.commit(), checks))
    app.include_router(health.measures(wiring.objectives))
    app.include_router(function.routes(wiring))
    describe(app.openapi())
    app.add_middleware(CallerCheck, callers=wiring.callers)
    app.add_middleware(Boundary, sla=loader.sla(NAME), objectives=wiring.objectives)
    return app
