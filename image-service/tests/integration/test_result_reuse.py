"""The same picture again is answered from the result that there is, and from no other."""

from pathlib import Path
from typing import Any

from conftest import Queue, encoded
from PIL import Image
from pydantic import SecretStr
from sightline_contracts import ids
from sightline_testing.vendors import clarifai
from sightline_testing.vendors.clarifai import clarifai_stub

from image_service.queue.message import parse

REUSING = {"reuse_for_s": 60.0}
OF_ITS_OWN = ("analysis_id", "attempts", "reused_from")


def wanted(*operations: str, engine: str = "auto") -> dict[str, Any]:
    given = {"kind": "upload", "image_url": None, "operations": operations, "engine": engine}
    return {"input": given}


async def ended(queue: Queue, picture: bytes, *operations: str, **changes: Any) -> dict[str, Any]:
    changes = {**wanted(*operations or ("hash", "colors")), **changes}
    return await queue.results.outcome(await queue.add(picture, **changes))


async def test_a_picture_is_run_once(queue: Queue, coffee: bytes) -> None:
    async with queue.worker(**REUSING):
        first = await ended(queue, coffee)
        second = await ended(queue, coffee)
        third = await ended(queue, coffee)
    assert first["result"]["reused_from"] is None
    for again in (second, third):
        assert again["result"]["reused_from"] == first["result"]["analysis_id"]
        assert {
            name: value for name, value in again["result"].items() if name not in OF_ITS_OWN
        } == {name: value for name, value in first["result"].items() if name not in OF_ITS_OWN}
    previews = list(queue.results.previews.values())
    assert len(previews) == 3
    assert len(set(previews)) == 1


async def test_a_result_is_not_reused_by_itself(queue: Queue, coffee: bytes) -> None:
    """A retry after the result was lost on its way finds its own id, and runs."""
    async with queue.worker(**REUSING) as wiring:
        first = await ended(queue, coffee)
        analysis_id = first["result"]["analysis_id"]
        message = parse("1-0", {"event": queue.events[analysis_id]})
        reuse = wiring.ordinary.consumer._handler._runner
        ran = await reuse.run(coffee, message)
    assert ran.reused_from is None
    assert ran.run_ms > 0


async def test_a_hit_is_an_attempt_that_is_not_billed(queue: Queue, coffee: bytes) -> None:
    async with queue.worker(**REUSING):
        first = await ended(queue, coffee)
        again = await ended(queue, coffee)
    assert first["metering"]["billed_ms"] > 0
    assert [one["outcome"] for one in again["attempts"]] == ["reused"]
    assert (again["metering"]["billed_ms"], again["metering"]["gb_seconds"]) == (0, 0)


async def test_what_differs_is_run(queue: Queue, coffee: bytes, pictures: Path) -> None:
    with Image.open(pictures / "coffee.png") as picture:
        other = encoded(picture.convert("RGB").rotate(180), "PNG")
    async with queue.worker(**REUSING):
        for operations in (["hash"], ["colors"], ["hash", "colors"], ["colors", "hash"]):
            outcome = await ended(queue, coffee, *operations)
            assert outcome["result"]["reused_from"] is None
        assert (await ended(queue, other))["result"]["reused_from"] is None


async def test_other_limits_of_labels_are_another_result(queue: Queue, coffee: bytes) -> None:
    def limited(**limits: float) -> dict[str, Any]:
        return {"input": {**wanted("labels")["input"], **limits}}

    async with queue.worker(**REUSING):
        await ended(queue, coffee, **limited())
        less = await ended(queue, coffee, **limited(min_confidence=0.2))
        fewer = await ended(queue, coffee, **limited(max_labels=1))
        again = await ended(queue, coffee, **limited(max_labels=1))
    assert less["result"]["reused_from"] is fewer["result"]["reused_from"] is None
    assert again["result"]["reused_from"] == fewer["result"]["analysis_id"]


async def test_nobody_gets_what_somebody_else_had(queue: Queue, coffee: bytes) -> None:
    async with queue.worker(**REUSING):
        await ended(queue, coffee)
        other = await ended(queue, coffee, user_id=ids.new_id("us"))
    assert other["result"]["reused_from"] is None


async def test_what_was_deleted_is_not_answered_with(queue: Queue, coffee: bytes) -> None:
    async with queue.worker(**REUSING):
        first = await ended(queue, coffee)
        del queue.results.outcomes[first["result"]["analysis_id"]]
        again = await ended(queue, coffee)
        third = await ended(queue, coffee)
    assert again["result"]["reused_from"] is None
    assert third["result"]["reused_from"] == again["result"]["analysis_id"]


async def test_another_worker_knows_it_once_it_knows_its_engine(
    queue: Queue, coffee: bytes
) -> None:
    async with queue.worker(**REUSING):
        first = await ended(queue, coffee)
    async with queue.worker(**REUSING):
        warming = await ended(queue, coffee)
        again = await ended(queue, coffee)
    assert warming["result"]["reused_from"] is None
    assert again["result"]["reused_from"] == warming["result"]["analysis_id"]
    assert first["result"]["engines"] == again["result"]["engines"]


async def test_another_model_is_another_engine(
    queue: Queue, coffee: bytes, models_dir: Path, tmp_path: Path
) -> None:
    async with queue.worker(**REUSING, models_dir=models_dir):
        await ended(queue, coffee, "faces")
    async with queue.worker(**REUSING, models_dir=tmp_path):
        first = await ended(queue, coffee, "faces", "hash")
        await ended(queue, coffee, "hash")
        again = await ended(queue, coffee, "faces")
    assert first["result"]["engines"][0]["model"] == "haar-frontalface-alt"
    assert again["result"]["reused_from"] is None


async def test_a_switch_turns_it_off(queue: Queue, coffee: bytes) -> None:
    async with queue.worker(reuse_for_s=0):
        await ended(queue, coffee)
        again = await ended(queue, coffee)
    assert again["result"]["reused_from"] is None
    assert await queue.redis.keys("known:*") == []


async def test_a_vendor_is_always_asked(queue: Queue, coffee: bytes) -> None:
    with clarifai_stub() as stub:
        settings = {
            "engine_clarifai_key": SecretStr(clarifai.KEY),
            "engine_clarifai_base_url": stub.url,
        }
        async with queue.worker(**REUSING, **settings):
            for _ in range(3):
                outcome = await ended(queue, coffee, **wanted("labels", "hash", engine="clarifai"))
                assert outcome["result"]["reused_from"] is None
        assert len(stub.requests) == 3


async def test_a_failure_is_never_reused(queue: Queue) -> None:
    async with queue.worker(**REUSING):
        for _ in range(2):
            outcome = await ended(queue, b"this is no picture")
            assert outcome["error"]["code"] == "not-an-image"
            assert [one["outcome"] for one in outcome["attempts"]] == ["not-an-image"]


async def test_what_is_known_ends(queue: Queue, coffee: bytes) -> None:
    async with queue.worker(**REUSING):
        await ended(queue, coffee)
        [key] = await queue.redis.keys("known:*")
        assert 0 < await queue.redis.pttl(key) <= 60_000
