"""The whole worker with both vendors configured: from a message in the queue to its outcome."""

import asyncio
import io
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import Queue, encoded
from PIL import Image
from pydantic import SecretStr
from sightline_testing.results import departures
from sightline_testing.vendors import clarifai, rekognition
from sightline_testing.vendors.clarifai import clarifai_stub
from sightline_testing.vendors.rekognition import rekognition_stub
from sightline_testing.vendors.stub import Stub
from structlog.testing import capture_logs

from image_service.app import create_app
from image_service.settings import Settings
from image_service.wiring import Wiring, real


@dataclass
class Vendors:
    clarifai: Stub
    rekognition: Stub

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "engine_clarifai_key": SecretStr(clarifai.KEY),
            "engine_clarifai_base_url": self.clarifai.url,
            "engine_rekognition_region": rekognition.REGION,
            "engine_rekognition_access_key_id": rekognition.ACCESS_KEY_ID,
            "engine_rekognition_secret_access_key": SecretStr(rekognition.SECRET_ACCESS_KEY),
            "engine_rekognition_endpoint_url": self.rekognition.url,
        }


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with clarifai_stub() as one, rekognition_stub() as other:
        yield Vendors(one, other)


def wanted(engine: str, *operations: str, **more: Any) -> dict[str, Any]:
    given = {"kind": "upload", "image_url": None, "operations": operations, "engine": engine}
    return {"input": {**given, **more}}


async def ready(wiring: Wiring, path: str = "/readyz") -> dict[str, Any]:
    transport = httpx2.ASGITransport(create_app(wiring))
    async with httpx2.AsyncClient(transport=transport, base_url="http://images") as client:
        found: dict[str, Any] = (await client.get(path)).json()
    return found


async def test_an_analysis_by_each_engine(queue: Queue, vendors: Vendors, coffee: bytes) -> None:
    async with queue.worker(**vendors.settings):
        by = {
            engine: await queue.add(coffee, **wanted(engine, "labels", "hash", raw_answers=True))
            for engine in ("local", "clarifai", "rekognition")
        }
        found = {engine: await queue.results.outcome(one) for engine, one in by.items()}
    for engine, outcome in found.items():
        assert departures(outcome["result"]) == []
        labels, *_, of_hash = outcome["result"]["engines"]
        assert (labels["name"], labels["operation"], labels["degraded"]) == (
            engine,
            "labels",
            False,
        )
        assert (of_hash["name"], of_hash["raw"]) == ("local", None)
        assert outcome["metering"]["engine_calls"] == (engine != "local")
    assert found["clarifai"]["result"]["labels"][0]["name"] == "train"
    assert found["clarifai"]["result"]["engines"][0]["raw"]["status"]["code"] == 10000
    assert found["rekognition"]["result"]["labels"][0]["name"] == "Car"
    assert "Labels" in found["rekognition"]["result"]["engines"][0]["raw"]
    assert len({outcome["result"]["hash"]["phash"] for outcome in found.values()}) == 1


async def test_text_by_a_vendor_takes_the_way_of_text(
    queue: Queue, vendors: Vendors, coffee: bytes
) -> None:
    async with queue.worker(**vendors.settings):
        one = await queue.add(coffee, **wanted("rekognition", "text", "faces"))
        outcome = await queue.results.outcome(one)
    assert outcome["result"]["text"][0]["kind"] == "line"
    assert departures(outcome["result"]) == []
    assert outcome["metering"]["engine_calls"] == 2


async def test_vendors_see_an_upright_picture_without_its_metadata(
    queue: Queue, vendors: Vendors, pictures: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "secret maker"  # turned by a quarter; its camera
    with Image.open(pictures / "coffee.png") as picture:
        data = encoded(picture.convert("RGB").resize((200, 100)), "JPEG", exif=exif)
    async with queue.worker(**vendors.settings):
        one = await queue.add(data, **wanted("rekognition", "faces"))
        await queue.results.outcome(one)
    sent = vendors.rekognition.requests[0].json["Image"]["Bytes"]
    with Image.open(io.BytesIO(b64decode(sent))) as seen:
        assert seen.size == (100, 200)
        assert not seen.getexif()


async def test_an_account_that_will_not_do_is_seen_at_readiness_and_work_goes_on_here(
    queue: Queue, vendors: Vendors, coffee: bytes
) -> None:
    vendors.clarifai.always(clarifai.error("CONN_EXCEED_MONTHLY_LIMIT"))
    async with queue.worker(**vendors.settings) as wiring:
        for _ in range(3):
            one = await queue.add(coffee, **wanted("clarifai", "labels"))
            outcome = await queue.results.outcome(one)
            engine = outcome["result"]["engines"][0]
            assert (engine["name"], engine["degraded"]) == ("local", True)
            assert outcome["metering"]["engine_calls"] == 0
        health = await ready(wiring)
        engines = {
            one["name"]: one["off"] for one in (await ready(wiring, "/v1/engines"))["engines"]
        }
    assert len(vendors.clarifai.requests) == 1
    assert health["status"] == "degraded"
    assert "clarifai (*): It answers 11004" in health["checks"]["vendors"]
    assert engines == {"local": {}, "clarifai": {"*": "It answers 11004 (402)."}, "rekognition": {}}


async def test_one_that_does_not_answer_costs_no_attempt_and_is_waited_for(
    queue: Queue, vendors: Vendors, coffee: bytes
) -> None:
    vendors.clarifai.say(clarifai.error("CONN_THROTTLED"))
    async with queue.worker(**vendors.settings):
        one = await queue.add(coffee, **wanted("clarifai", "labels"))
        async with asyncio.timeout(15):
            while not await queue.redis.delete("engines:clarifai:off"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        outcome = await queue.results.outcome(one)
    assert outcome["status"] == "succeeded"
    assert outcome["result"]["engines"][0]["name"] == "clarifai"
    assert len(outcome["attempts"]) == 1


async def test_auto_asks_in_the_order_that_is_set(
    queue: Queue, vendors: Vendors, coffee: bytes
) -> None:
    vendors.clarifai.always(clarifai.error("RPC_SERVER_UNAVAILABLE"))
    order = {"engine_order": "labels=clarifai,rekognition,local colors=rekognition,local"}
    async with queue.worker(**vendors.settings, **order):
        one = await queue.add(coffee, **wanted("auto", "labels", "colors", "hash"))
        outcome = await queue.results.outcome(one)
    assert [
        (entry["operation"], entry["name"], entry["degraded"])
        for entry in outcome["result"]["engines"]
    ] == [
        ("labels", "rekognition", True),
        ("colors", "rekognition", False),
        ("hash", "local", False),
    ]
    assert len(vendors.clarifai.requests) == 2


async def test_a_picture_that_a_vendor_rejects_fails_with_the_vendors_code(
    queue: Queue, vendors: Vendors, coffee: bytes
) -> None:
    vendors.clarifai.always(clarifai.error("ALL_INPUT_INVALID_BYTES"))
    async with queue.worker(**vendors.settings):
        one = await queue.add(coffee, **wanted("clarifai", "labels"))
        outcome = await queue.results.outcome(one)
    assert outcome["error"]["code"] == "engine-rejected"
    assert "30300" in outcome["error"]["detail"]
    assert outcome["error"]["attempts"] == 1


async def test_an_engine_without_credentials_ends_the_analysis(queue: Queue, coffee: bytes) -> None:
    async with queue.worker():
        one = await queue.add(coffee, **wanted("clarifai", "labels"))
        outcome = await queue.results.outcome(one)
    assert outcome["error"]["code"] == "engine-unavailable"


async def test_no_credential_is_in_the_log(queue: Queue, vendors: Vendors, coffee: bytes) -> None:
    secrets = (clarifai.KEY, rekognition.SECRET_ACCESS_KEY, rekognition.ACCESS_KEY_ID)
    with capture_logs() as logged:
        vendors.clarifai.always(clarifai.error("CONN_KEY_INVALID"))
        vendors.rekognition.always(rekognition.error("InvalidSignatureException"))
        async with queue.worker(**vendors.settings):
            for engine in ("clarifai", "rekognition"):
                await queue.results.outcome(await queue.add(coffee, **wanted(engine, "labels")))
    assert {one["engine"] for one in logged if one["event"] == "engine_off"} == {
        "clarifai",
        "rekognition",
    }
    assert not any(secret in str(logged) for secret in secrets)


def test_settings_say_what_is_wrong_with_them(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("of-the-file\n")
    assert Settings(engine_clarifai_key_file=key).clarifai_key() == "of-the-file"
    assert Settings(engine_clarifai_key=SecretStr("x")).clarifai_key() == "x"
    key.write_text("")
    assert Settings(engine_clarifai_key_file=key).clarifai_key() is None
    with pytest.raises(ValueError, match="cannot be read"):
        Settings(engine_clarifai_key_file=tmp_path / "none").clarifai_key()
    with pytest.raises(ValueError, match="ENGINE_REKOGNITION"):
        Settings(engine_rekognition_access_key_id="AKIA").rekognition_account()
    with pytest.raises(ValueError, match="ENGINE_ORDER"):
        Settings(engine_order="faces").engine_orders()
    with pytest.raises(ValueError, match="clarifai has no credentials"):
        real(Settings(engine_order="faces=clarifai,local"))
