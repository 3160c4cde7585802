"""The gateway on real sockets: fakes behind it, a real Valkey beside it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import declared
import httpx2
import pytest
import structlog
from aiohttp.test_utils import TestServer
from fakes import FakeResults, FakeUsers
from redis.asyncio import Redis
from sightline_contracts import ids
from sightline_testing import stores

from gateway.app import create_app
from gateway.settings import Settings
from gateway.wiring import Wiring, real


@pytest.fixture(scope="session", autouse=True)
def _plain_tracebacks() -> None:
    """A traceback with each frame's locals, as structlog prints it beside rich, takes ten seconds."""
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of what is counted and told in Redis, marked `both_servers`, run on Valkey, which the demo starts, and on
    Redis, which compose runs; the others on Valkey alone."""
    if "redis_url" in metafunc.fixturenames:
        both = metafunc.definition.get_closest_marker("both_servers")
        servers = ["valkey", "redis"] if both else ["valkey"]
        metafunc.parametrize("redis_url", servers, indirect=True, scope="session")


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server of its own."""
    start = {"valkey": stores.valkey, "redis": stores.redis}[request.param]
    with start() as url:
        yield url


@dataclass
class Gateway:
    client: httpx2.AsyncClient
    users: FakeUsers
    results: FakeResults
    wiring: Wiring
    redis: Redis
    user_id: str

    def auth(self, **changes: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.users.token(self.user_id, **changes)}"}

    async def submit(self, **headers: str) -> httpx2.Response:
        body = {"image_url": "http://pictures.test/a.png", "operations": ["faces"]}
        return await self.client.post("/v1/analyses", json=body, headers={**self.auth(), **headers})


@pytest.fixture
async def gateway(redis_url: str) -> AsyncIterator[Gateway]:
    users, results = FakeUsers(), FakeResults()
    redis = Redis.from_url(redis_url, decode_responses=True)
    await redis.flushall()
    async with TestServer(users.app) as user_server, TestServer(results.app) as result_server:
        settings = Settings(
            redis_url=redis_url,
            user_service_url=str(user_server.make_url("")),
            result_service_url=str(result_server.make_url("")),
            image_service_url="http://127.0.0.1:1",
            requests_per_minute=300,
        )
        wiring = real(settings)
        app = create_app(wiring)
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(
                transport=transport,
                base_url="http://gateway",
                event_hooks={"response": [declared.check]},
            ) as client,
        ):
            yield Gateway(client, users, results, wiring, redis, ids.new_id("us"))
    await redis.aclose()
