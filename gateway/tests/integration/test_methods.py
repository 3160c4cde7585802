"""HEAD is GET without its body and without its effect; other methods are refused as problems."""

import asyncio

import pytest
from conftest import Gateway
from sightline_contracts import loader

pytestmark = pytest.mark.both_servers

OPEN_GETS = [
    "/livez",
    "/readyz",
    "/version",
    "/v1/status",
    "/openapi.json",
    "/.well-known/jwks.json",
]
OWN_GETS = ["/v1/me", "/v1/analyses", "/v1/me/sessions"]


@pytest.mark.parametrize("path", [*OPEN_GETS, *OWN_GETS])
async def test_head_is_what_get_is_without_the_body(gateway: Gateway, path: str) -> None:
    own = ("x-request-id", "ratelimit")
    got, headed = [
        await gateway.client.request(method, path, headers=gateway.auth())
        for method in ("GET", "HEAD")
    ]
    assert (headed.status_code, headed.content) == (200, b"")
    kept = [
        {name: value for name, value in answer.headers.items() if name not in own}
        for answer in (got, headed)
    ]
    if "content-length" in kept[0] and path != "/v1/status":
        assert kept[0] == kept[1]
    assert kept[0]["content-type"] == kept[1]["content-type"]


@pytest.mark.parametrize("path", ["/v1/me", "/v1/events", "/v1/me/export"])
async def test_head_is_refused_to_whom_get_is(gateway: Gateway, path: str) -> None:
    answer = await gateway.client.head(path)
    assert (answer.status_code, answer.content) == (401, b"")


async def test_a_look_at_an_exports_link_does_not_use_it_up(gateway: Gateway) -> None:
    await gateway.submit()
    url = (await gateway.client.get("/v1/me/export", headers=gateway.auth())).json()["url"]
    for _ in range(2):
        looked = await gateway.client.head(url)
        assert (looked.status_code, looked.content) == (200, b"")
        assert looked.headers["Content-Type"] == "application/zip"
    keys = await gateway.redis.keys("export:*")
    assert len(keys) == 1
    await gateway.redis.delete(*keys)
    assert (await gateway.client.head(url)).status_code == 404


async def test_a_look_at_where_links_are_made_makes_none(gateway: Gateway) -> None:
    answer = await gateway.client.head("/v1/me/export", headers=gateway.auth())
    assert (answer.status_code, answer.content) == (200, b"")
    assert await gateway.redis.keys("export:*") == []


async def test_a_look_at_a_stream_opens_none(gateway: Gateway) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    for path in ("/v1/events", f"/v1/analyses/{analysis_id}/events"):
        async with asyncio.timeout(5):
            answer = await gateway.client.head(path, headers=gateway.auth())
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["Content-Type"].startswith("text/event-stream")
    unknown = "/v1/analyses/an_01k0000000000000000000000a/events"
    assert (await gateway.client.head(unknown, headers=gateway.auth())).status_code == 404


def paths() -> list[str]:
    """But for those that answer in a vendor's shape."""
    return sorted(one for one in loader.openapi("gateway")["paths"] if "/compat/" not in one)


@pytest.mark.parametrize("method", ["TRACE", "FOO", "PROPFIND", "OPTIONS", "LINK"])
async def test_a_method_that_is_not_taken_is_a_problem_on_every_path(
    gateway: Gateway, method: str
) -> None:
    for path in [*paths(), "/nothing"]:
        answer = await gateway.client.request(method, path, headers=gateway.auth())
        assert answer.status_code in (404, 405), (method, path, answer.status_code)
        assert answer.headers["Content-Type"] == "application/problem+json", (method, path)


async def test_methods_that_nobody_knows_are_counted_as_one(gateway: Gateway) -> None:
    for number in range(5):
        await gateway.client.request(f"FOO{number}", "/livez")
    metrics = (await gateway.client.get("/metrics")).text
    assert 'method="FOO' not in metrics
    assert 'method="other"' in metrics
