"""Which engines a submission may name, and what the status page says of them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from conftest import Gateway
from fakes import FakeImages

VENDOR = {"name": "clarifai", "operations": ["faces"], "off": {"*": "It answers 11004 (402)."}}
BODY = {"image_url": "http://pictures.test/a.png", "operations": ["faces"]}


@pytest.fixture
async def images(gateway: Gateway) -> AsyncIterator[FakeImages]:
    """A worker behind the gateway."""
    images = FakeImages()
    async with TestServer(images.app) as server:
        gateway.wiring.images._base_url = str(server.make_url("")).rstrip("/")
        yield images


async def submit(gateway: Gateway, **changes: Any) -> tuple[int, dict[str, Any]]:
    answer = await gateway.client.post(
        "/v1/analyses", json={**BODY, **changes}, headers=gateway.auth()
    )
    return answer.status_code, answer.json()


@pytest.mark.parametrize("version", ["now", "before"])
async def test_an_engine_that_is_not_configured_is_422_and_reserves_nothing(
    gateway: Gateway, images: FakeImages, version: str
) -> None:
    if version == "before":
        images.engines = None
    status, body = await submit(gateway, engine="clarifai")
    assert (status, body["type"]) == (422, "/problems/operation-unavailable")
    assert body["errors"] == [{"pointer": "/engine", "detail": "not configured"}]
    assert gateway.users.reserved == set()


async def test_a_configured_one_is_taken_also_while_nobody_asks_it(
    gateway: Gateway, images: FakeImages
) -> None:
    assert images.engines is not None
    images.engines.append(VENDOR)
    status, body = await submit(gateway, engine="clarifai", raw_answers=True)
    assert (status, body["input"]["engine"]) == (202, "clarifai")
    [intent] = gateway.results.submissions.values()
    assert intent["input"]["raw_answers"] is True


@pytest.mark.parametrize("engine", ["auto", "local"])
async def test_what_is_always_there_is_not_asked_for(gateway: Gateway, engine: str) -> None:
    """image-service is away in this test, and need not be there."""
    status, _ = await submit(gateway, engine=engine)
    assert status == 202
    [intent] = gateway.results.submissions.values()
    # A version before this one would refuse them.
    assert not {"raw_answers", "min_confidence", "max_labels"} & intent["input"].keys()


async def test_without_image_service_nobody_can_say(gateway: Gateway) -> None:
    status, body = await submit(gateway, engine="clarifai")
    assert (status, body["type"]) == (503, "/problems/unavailable")
    assert gateway.users.reserved == set()


async def test_a_batch_asks_once(gateway: Gateway, images: FakeImages) -> None:
    items = [{**BODY, "engine": engine} for engine in ("clarifai", "rekognition", "local") * 4]
    answer = await gateway.client.post("/v1/batches", json={"items": items}, headers=gateway.auth())
    told = [(one["status"], (one["error"] or {}).get("type")) for one in answer.json()["items"]]
    assert told.count(("rejected", "/problems/operation-unavailable")) == 8
    assert images.asked_for_engines <= 8  # as many as are under way at once


@pytest.mark.parametrize(
    ("value", "status"), [("true", 202), ("False", 202), ("false", 202), ("yes", 422), ("1", 422)]
)
async def test_raw_answers_in_a_form(gateway: Gateway, value: str, status: int) -> None:
    answer = await gateway.client.post(
        "/v1/analyses",
        files={"image": b"picture"},
        data={"raw_answers": value},
        headers=gateway.auth(),
    )
    assert answer.status_code == status, answer.text
    if status == 422:
        assert answer.json()["errors"][0]["pointer"] == "/raw_answers"


async def test_the_status_page_says_which_there_are_and_why_one_is_off(
    gateway: Gateway, images: FakeImages
) -> None:
    assert images.engines is not None
    images.engines.append(VENDOR)
    status = (await gateway.client.get("/v1/status")).json()
    assert {one["name"]: one["off"] for one in status["engines"]} == {
        "local": {},
        "clarifai": VENDOR["off"],
    }


async def test_the_status_page_lives_without_image_service(gateway: Gateway) -> None:
    answer = await gateway.client.get("/v1/status")
    assert (answer.status_code, answer.json()["engines"]) == (200, [])
