"""The gateway between a pact's server and the small servers that stand for the other services."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import httpx2
from aiohttp.test_utils import TestServer
from fakes import FakeImages, FakeResults, FakeUsers
from pact import match
from sightline_testing.pacts import USER

from gateway.admission.credentials import Credentials, Jwks
from gateway.app import create_app
from gateway.settings import Settings
from gateway.sla import read_sla
from gateway.upstream.users import UserService
from gateway.wiring import Wiring, adapters, wire

OBJECTIVES = {
    "objectives": match.each_like(
        {
            "name": match.str("latency-p95"),
            "target": match.number(0.1),
            "unit": match.str("s"),
            "window": match.str("1h"),
            "holds": match.bool(True),
            "budget_left": match.number(0.75),
        }
    )
}
"""What every service says of itself. `measured` may be null, which a pact has no words for: the OpenAPI
document has, and the gateway holds the answer to it."""
NO_REDIS = "redis://127.0.0.1:1/0"
"""The gateway does without: limits are counted in memory, and who waits asks by itself."""


class Unchecked:
    """A pact answers with what the gateway's code reads, and no more. That the gateway holds whole
    answers to the OpenAPI document is tested apart, and the provider's tests keep it."""

    def violation(self, *_answer: Any) -> None:
        """As it comes."""

    def violation_of_head(self, *_head: Any) -> None:
        """As it comes."""


@dataclass(frozen=True)
class Asking:
    """`client` is signed in as USER, with every scope."""

    client: httpx2.AsyncClient
    wiring: Wiring

    @contextmanager
    def at(self, service: str, url: str) -> Iterator[None]:
        """With one of the services elsewhere."""
        upstream = next(one for one in self.wiring.upstreams if one.service == service)
        with (
            mock.patch.object(upstream, "_base_url", url),
            mock.patch.object(upstream, "_contract", Unchecked()),
        ):
            yield


@asynccontextmanager
async def asking() -> AsyncIterator[Asking]:
    users = FakeUsers()
    async with (
        TestServer(users.app) as user_server,
        TestServer(FakeResults().app) as result_server,
        TestServer(FakeImages().app) as image_server,
    ):
        settings = Settings(
            redis_url=NO_REDIS,
            user_service_url=str(user_server.make_url("")),
            result_service_url=str(result_server.make_url("")),
            image_service_url=str(image_server.make_url("")),
        )
        # Tokens are the fake's, so that a pact speaks of their keys only where it means them.
        issuer = UserService(settings.user_service_url)
        credentials = Credentials(issuer, Jwks(issuer, 300, 30), "sightline", "sightline-api")
        wiring = wire(settings, adapters(settings), read_sla(), credentials)
        app = create_app(wiring)
        scope = "analyses:read analyses:write account admin metrics:read"
        headers = {"Authorization": f"Bearer {users.token(USER, scope=scope)}"}
        transport = httpx2.ASGITransport(app)
        await issuer.open()
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(
                transport=transport, base_url="http://gateway", headers=headers
            ) as client,
        ):
            yield Asking(client, wiring)
        await issuer.close()
