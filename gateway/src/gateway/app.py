"""The application: routes on top of the wiring; upstreams and hints in the lifespan."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI, Request, Response
from sightline_contracts import health, loader, problems, serve
from sightline_contracts.answers import DescribedApp
from sightline_contracts.boundary import Boundary
from sightline_contracts.supervisor import Supervisor

from gateway import __version__
from gateway.admission.rate_limits import RateLimitHeaders
from gateway.errors import NothingMore
from gateway.routes import (
    administration,
    analyses,
    batches,
    dead_letters,
    events,
    function,
    operations,
    uploads,
)
from gateway.routes.account import accounts, browser_session, export, oauth, security
from gateway.upstream.client import NOT_ANSWERED
from gateway.vendor_apis.clarifai import errors as clarifai_errors
from gateway.vendor_apis.clarifai import routes as clarifai
from gateway.vendor_apis.errors import VendorErrors
from gateway.vendor_apis.rekognition import errors as rekognition_errors
from gateway.vendor_apis.rekognition import routes as rekognition
from gateway.web import static_files as static
from gateway.web.head_requests import Looks
from gateway.wiring import NAME, Wiring


def create_app(wiring: Wiring) -> FastAPI:
    """Opens nothing; the lifespan opens the upstreams and tails the hints, and closes them in
    mirrored order."""
    loops = Supervisor()

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        for upstream in wiring.upstreams:
            await upstream.open()
        tailing = loops.start("hints", wiring.hints.run)
        yield
        await tailing.stop()
        await wiring.hints.close()
        await wiring.redis.aclose()
        for upstream in reversed(wiring.upstreams):
            await upstream.close()

    app = DescribedApp(
        title="Sightline",
        version=__version__,
        lifespan=lifespan,
        summary="Image analysis",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would send to whatever host the client has named
    )
    app.state.wiring = wiring
    problems.install(app)
    app.add_exception_handler(NothingMore, _nothing_more)
    app.include_router(health.routes(NAME, __version__, serve.commit(), _checks(wiring, loops)))
    # The edge does not publish these; where the gateway is the edge, there are none.
    if wiring.settings.static_dir is None:
        app.include_router(health.measures(wiring.objectives), include_in_schema=False)
    app.include_router(accounts.routes(wiring))
    app.include_router(export.routes(wiring))
    app.include_router(oauth.routes(wiring))
    app.include_router(browser_session.routes(wiring))
    app.include_router(security.routes(wiring))
    app.include_router(administration.routes(wiring))
    app.include_router(analyses.routes(wiring))
    app.include_router(events.routes(wiring))
    app.include_router(batches.routes(wiring))
    app.include_router(uploads.routes(wiring))
    app.include_router(dead_letters.routes(wiring))
    app.include_router(function.routes(wiring))
    app.include_router(operations.routes(wiring, app))
    app.include_router(clarifai.routes(wiring))
    app.include_router(rekognition.routes(wiring))
    if wiring.settings.static_dir is not None:
        static.mount(app, wiring.settings.static_dir, wiring.settings.samples_dir)
    app.add_middleware(Looks)
    app.add_middleware(static.SecurityHeaders)
    app.add_middleware(Boundary, sla=loader.sla(NAME), objectives=wiring.objectives, outside=True)
    vendors = {clarifai.PATH: clarifai_errors.tell, rekognition.PATH: rekognition_errors.tell}
    app.add_middleware(VendorErrors, vendors=vendors)
    app.add_middleware(RateLimitHeaders)
    return app


async def _nothing_more(_request: Request, _error: Exception) -> Response:
    return Response(status_code=204)


def _checks(wiring: Wiring, loops: Supervisor) -> dict[str, health.Check]:
    """user-service and result-service must be ready; image-service may be away, since work that
    is accepted waits for it."""

    def ready(service: str) -> health.Check:
        upstream = next(one for one in wiring.upstreams if one.service == service)

        async def check() -> str | None:
            state = await upstream.health()
            return None if state == "ok" else state

        return check

    async def images() -> str | None:
        try:
            async with asyncio.timeout(health.OPTIONAL_TIMEOUT_S):
                state = await wiring.images.health()
        except (*NOT_ANSWERED, TimeoutError):
            return "down"
        return None if state == "ok" else state

    async def hints() -> str | None:
        try:
            async with asyncio.timeout(health.OPTIONAL_TIMEOUT_S):
                await wiring.hints.check()
        except Exception as error:  # noqa: BLE001  # whatever keeps Redis away: waiters ask by themselves
            return type(error).__name__
        return None

    return {
        "user-service": ready("user-service"),
        "result-service": ready("result-service"),
        "image-service": images,
        "redis": hints,
        "loops": loops.check,
    }
