"""The application: routes on top of the wiring; upstreams and hints in the lifespan."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI, Request, Response
from sightline_contracts import health, loader, problems, serve
from sightline_contracts.boundary import Boundary
from sightline_contracts.deprecation import DeprecationHeaders
from sightline_contracts.supervisor import Supervisor

from gateway import __version__
from gateway.admission.rate_limits import RateLimitHeaders
from gateway.errors import NothingMore
from gateway.openapi import DocumentedApp
from gateway.routes import (
    administration,
    analyses,
    batches,
    dead_letters,
    events,
    function,
    operations,
    problem_types,
    purges,
    queues,
    shares,
    uploads,
)
from gateway.routes.account import (
    accounts,
    browser_session,
    export,
    mailed_links,
    oauth,
    provider_sign_in,
    security,
)
from gateway.routes.vendor_apis import clarifai, rekognition
from gateway.upstream.client import NOT_ANSWERED, Upstream
from gateway.vendor_apis.clarifai import errors as clarifai_errors
from gateway.vendor_apis.errors import VendorErrors
from gateway.vendor_apis.rekognition import errors as rekognition_errors
from gateway.web import cross_origin, static_files
from gateway.web.direct_reads import DirectReads
from gateway.web.head_requests import HeadRequests
from gateway.web.request_bodies import RequestBodies
from gateway.wiring import NAME, Wiring

ROUTES = (
    accounts,
    export,
    oauth,
    browser_session,
    mailed_links,
    provider_sign_in,
    security,
    administration,
    analyses,
    shares,
    events,
    batches,
    uploads,
    dead_letters,
    function,
    queues,
    purges,
    operations,
    problem_types,
    clarifai,
    rekognition,
)
"""In the order of the API's documentation."""
HOT = (
    accounts.get_me,
    oauth.jwks,
    analyses.list_analyses,
    analyses.get_analysis,
    analyses.get_result,
    analyses.get_preview,
)
"""Endpoints that are called directly."""


def create_app(wiring: Wiring) -> FastAPI:
    """Opens nothing: the lifespan does."""
    loops = Supervisor()
    app = DocumentedApp(
        title="Sightline",
        version=__version__,
        lifespan=_lifespan(wiring, loops),
        summary="Image analysis",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would send to whatever host the client has named
    )
    app.state.wiring = wiring
    problems.install(app)
    app.add_exception_handler(NothingMore, _nothing_more)
    _add_routes(app, wiring, loops)
    _add_middleware(app, wiring)
    return app


def _lifespan(
    wiring: Wiring, loops: Supervisor
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Opens the upstreams, tails the hints, and closes both in mirrored order."""

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

    return lifespan


def _add_routes(app: FastAPI, wiring: Wiring, loops: Supervisor) -> None:
    """The API's routes; where the gateway is the edge, the web app's files too, and no measures, which an
    edge does not publish."""
    settings = wiring.settings
    app.include_router(health.routes(NAME, __version__, serve.commit(), _checks(wiring, loops)))
    if settings.static_dir is None:
        app.include_router(health.measures(wiring.objectives), include_in_schema=False)
    for routes in ROUTES:
        app.include_router(routes.router)
    if settings.static_dir is not None:
        static_files.mount(app, settings.static_dir, settings.samples_dir)


def _add_middleware(app: FastAPI, wiring: Wiring) -> None:
    """The innermost first."""
    app.add_middleware(DirectReads, routers=[one.router for one in ROUTES], endpoints=HOT)
    app.add_middleware(HeadRequests)
    app.add_middleware(DeprecationHeaders)
    app.add_middleware(RequestBodies)
    app.add_middleware(static_files.SecurityHeaders)
    app.add_middleware(Boundary, sla=loader.sla(NAME), objectives=wiring.objectives, outside=True)
    vendors = {clarifai.PATH: clarifai_errors.tell, rekognition.PATH: rekognition_errors.tell}
    app.add_middleware(VendorErrors, vendors=vendors)
    app.add_middleware(RateLimitHeaders)
    cross_origin.allow(app, cross_origin.read_origins(wiring.settings.cors_allowed_origins))


async def _nothing_more(_request: Request, _error: Exception) -> Response:
    return Response(status_code=204)


def _checks(wiring: Wiring, loops: Supervisor) -> dict[str, health.Check]:
    """user-service and result-service must be ready; image-service may be away, since work that
    is accepted waits for it."""

    def ready(upstream: Upstream) -> health.Check:
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
        except Exception as error:  # noqa: BLE001  # whatever keeps Redis away: waiters poll without it
            return type(error).__name__
        return None

    return {
        "user-service": ready(wiring.users),
        "result-service": ready(wiring.results),
        "image-service": images,
        "redis": hints,
        "loops": loops.check,
    }
