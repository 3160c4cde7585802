"""The worker in the lifespan, and the endpoints beside it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from sightline_contracts import health, loader, problems, serve
from sightline_contracts.answers import DescribedApp
from sightline_contracts.boundary import Boundary
from sightline_contracts.service_identity import CallerCheck

from image_service import __version__
from image_service.operations.face_model import model_file
from image_service.routes import function
from image_service.sla import NAME
from image_service.wiring import Wiring

WORKERS = {"ordinary": "worker", "text": "text-worker"}
"""Names of the checks, by queue."""


def create_app(wiring: Wiring) -> FastAPI:
    """Opens nothing; the lifespan starts the worker, and stops it in mirrored order."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            await _start(wiring, stack)
            yield

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
    app.include_router(health.routes(NAME, __version__, serve.commit(), _checks(wiring)))
    app.include_router(health.measures(wiring.objectives))
    app.include_router(function.router)
    app.add_middleware(CallerCheck, callers=wiring.callers)
    app.add_middleware(Boundary, sla=loader.sla(NAME), objectives=wiring.objectives)
    return app


async def _start(wiring: Wiring, stack: contextlib.AsyncExitStack) -> None:
    """Clients first, since the loops use them; then the instances, since the consumers feed them; the
    consumers last. The stack closes all in mirrored order."""
    await wiring.results.open()
    stack.push_async_callback(wiring.results.close)
    stack.push_async_callback(wiring.reuse_index.close)
    stack.push_async_callback(wiring.vendors.close)
    await wiring.vendors.open()
    for lane in wiring.all_lanes:
        stack.push_async_callback(lane.stream.close)
    following = wiring.loops.start("function-settings", wiring.control.run)
    stack.push_async_callback(following.stop)
    sending = wiring.loops.start("webhooks", wiring.webhooks.run)
    stack.push_async_callback(sending.stop)
    await wiring.label_check.run()
    for lane in wiring.lanes:
        await lane.instances.open()
        stack.push_async_callback(lane.instances.close)
    for lane in wiring.lanes:
        lane.consumer.start()
    stack.push_async_callback(_drain, wiring)


async def _drain(wiring: Wiring) -> None:
    """Drains all lanes at once, since they share one grace time."""
    drains = [lane.consumer.drain(wiring.settings.drain_s) for lane in wiring.lanes]
    await asyncio.gather(*drains)


def _checks(wiring: Wiring) -> dict[str, health.Check]:
    async def engine() -> str | None:
        if model_file(wiring.settings.models_dir) is None:
            return "the face model is missing; faces are found by a Haar cascade"
        return None

    async def vendors() -> str | None:
        off = await wiring.vendors.off()
        sentences = (
            f"{name} ({operation}): {reason}"
            for name, reasons in off.items()
            for operation, reason in reasons.items()
        )
        return "; ".join(sentences) or None

    return {
        "redis": wiring.ordinary.stream.check,
        "result-service": wiring.results.check,
        **{WORKERS[lane.stream.queue.name]: lane.consumer.check for lane in wiring.lanes},
        "loops": wiring.loops.check,
        "engine": engine,
        "label-models": wiring.label_check.check,
        "vendors": vendors,
    }
