"""Every operation that the event promises, through a real queue and a confined instance."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from brought import bring
from brought_detector import bring_detector
from conftest import Queue, encoded
from PIL import Image
from sightline_contracts import events, loader
from sightline_testing.results import departures

from image_service.app import create_app
from image_service.wiring import real

PROMISED = loader.event_schema(events.REQUESTED)["properties"]["input"]["properties"]["operations"]
EVERYTHING = PROMISED["items"]["enum"]
OF_A_RUN = ("analysis_id", "attempts")
"""What differs between two results of the same picture: ids, times, metering."""


@pytest.fixture
def astronaut_with_page(pictures: Path) -> bytes:
    """Something for the most of them to find."""
    with Image.open(pictures / "astronaut.png") as face, Image.open(pictures / "page.png") as page:
        both = Image.new("RGB", (512, 512 + page.height), "white")
        both.paste(face.convert("RGB"), (0, 0))
        both.paste(page.convert("RGB"), (0, 512))
    return encoded(both, "PNG")


async def results(queue: Queue, picture: bytes, operations: list[str]) -> list[dict[str, Any]]:
    """Of the same picture, twice."""
    given = {"kind": "upload", "image_url": None, "operations": operations, "engine": "auto"}
    accepted = [await queue.add(picture, input=given) for _ in range(2)]
    async with queue.worker():
        outcomes = [await queue.results.outcome(one) for one in accepted]
        await queue.until_empty()
    assert [one["error"] for one in outcomes] == [None, None]
    return [one["result"] for one in outcomes]


@pytest.mark.parametrize("without", [[], ["text"]], ids=["in the text pool", "in the ordinary one"])
async def test_all_that_is_promised_is_done_the_same_way_each_time(
    queue: Queue, astronaut_with_page: bytes, without: list[str]
) -> None:
    wanted = [one for one in EVERYTHING if one not in without]
    first, second = await results(queue, astronaut_with_page, wanted)
    assert list(dict.fromkeys(one["operation"] for one in first["engines"])) == wanted
    assert {one["name"] for one in first["moderation"]} == {"explicit"}
    assert all(first[one] for one in wanted if one not in ("faces", "codes", "labels"))
    assert departures(first) == []
    kept = [
        json.dumps({name: value for name, value in result.items() if name not in OF_A_RUN})
        for result in (first, second)
    ]
    assert kept[0] == kept[1]


async def test_a_brought_model_runs_in_a_confined_instance(queue: Queue, tmp_path: Path) -> None:
    bring(tmp_path)
    bring_detector(tmp_path, "yolov8")
    queue.settings.models_dir = tmp_path
    red = encoded(Image.new("RGB", (64, 64), (250, 0, 0)), "PNG")
    first, second = await results(queue, red, ["labels"])
    brought = [one for one in first["labels"] if one["source"] == "model"]
    assert [(one["name"], len(one["instances"])) for one in brought] == [("red", 64)]
    assert first["labels"] == second["labels"]
    models = {one["model"]: one["degraded"] for one in first["engines"]}
    assert (models["colours"], models["squares"]) == (False, False)


async def test_a_brought_model_that_is_off_is_said_by_the_worker_and_in_each_result(
    queue: Queue, coffee: bytes, tmp_path: Path
) -> None:
    await asyncio.to_thread((tmp_path / "labels" / "birds").mkdir, parents=True)
    bring_detector(tmp_path, "yolov8", layout="end-to-end")
    given = {"kind": "upload", "image_url": None, "operations": ["labels"], "engine": "auto"}
    accepted = await queue.add(coffee, input=given)
    app = create_app(real(queue.settings.model_copy(update={"models_dir": tmp_path})))
    async with app.router.lifespan_context(app):
        result = (await queue.results.outcome(accepted))["result"]
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://images") as http:
            ready = await http.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    said = ready.json()["checks"]["label-models"]
    assert "birds is off: manifest.json is missing" in said
    assert "squares is off: its model gives float32 (1, 7, 128) for 3 labels" in said
    off = {one["model"] for one in result["engines"] if one["degraded"]}
    assert {"birds", "squares"} <= off
