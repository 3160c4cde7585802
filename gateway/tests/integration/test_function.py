"""The image function is shown to admins and changed by them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from conftest import Gateway
from fakes import FakeImages

PATH = "/v1/function"
ADMIN = "account admin"


@pytest.fixture
async def images(gateway: Gateway) -> AsyncIterator[None]:
    """A worker behind the gateway."""
    async with TestServer(FakeImages().app) as server:
        gateway.wiring.images._base_url = str(server.make_url("")).rstrip("/")
        yield


async def test_nobody_else_gets_in(gateway: Gateway) -> None:
    for method in ("GET", "PATCH"):
        answer = await gateway.client.request(method, PATH, json={}, headers=gateway.auth())
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/insufficient-scope")


async def test_an_admin_sees_and_changes_it(gateway: Gateway, images: None) -> None:
    admin = gateway.auth(scope=ADMIN)
    state = (await gateway.client.get(PATH, headers=admin)).json()
    assert (state["memory_mb"], state["live"]["cold_starts"]) == (512, 4)
    change = {"reserved_concurrency": 0, "timeout_s": 5}
    changed = (await gateway.client.patch(PATH, json=change, headers=admin)).json()
    assert {**state, **change} == changed


@pytest.mark.parametrize("change", [{}, {"memory_mb": 1}, {"timeout_s": "5"}, {"surprise": 1}])
async def test_what_is_out_of_bounds_is_422(
    gateway: Gateway, images: None, change: dict[str, Any]
) -> None:
    admin = gateway.auth(scope=ADMIN)
    answer = await gateway.client.patch(PATH, json=change, headers=admin)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


async def test_without_a_worker_it_is_503(gateway: Gateway) -> None:
    answer = await gateway.client.get(PATH, headers=gateway.auth(scope=ADMIN))
    assert (answer.status_code, int(answer.headers["Retry-After"]) >= 1) == (503, True)
