"""What runs in the background is seen from outside."""

import asyncio
from collections.abc import Callable

import httpx2
import pytest
from conftest import Service

from result_service.app import create_app
from result_service.wiring import Wiring


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("sweeper", lambda wiring: wiring.sweeper),
        ("completion", lambda wiring: wiring.completion),
        ("tidying", lambda wiring: wiring.tidying),
        ("deletions", lambda wiring: wiring.deletions),
    ],
)
async def test_readiness_tells_of_a_loop_that_failed(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    owner: Callable[[Wiring], object],
) -> None:
    async def fails() -> None:
        failed.set()
        raise KeyError("of a later version")

    failed = asyncio.Event()
    monkeypatch.setattr(owner(service.wiring), "run", fails)
    app = create_app(service.wiring)
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://results") as client,
    ):
        await failed.wait()
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"]["loops"].startswith(f"{name} failed")
