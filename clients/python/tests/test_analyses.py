"""From a picture to its result."""

import asyncio
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from stub import Asked, Stub, analysis, events, ok, problem

from sightline import AsyncClient, Client, analyses, errors
from sightline.images import FILE_AT_MOST, PRESIGNED_ABOVE
from sightline.requests import Call, Pause, ReadEvents, Reply
from sightline.settings import Settings

STREAM = "GET /v1/analyses/an_1/events"
GET = "GET /v1/analyses/an_1"


def test_a_file_goes_as_a_form(stub: Stub, tmp_path: Path) -> None:
    stub.on("POST /v1/analyses", ok(analysis("queued"), 202))
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\nrest")
    with Client(stub.url) as client:
        client.submit(picture, operations=["faces", "text"], metadata={"a": 1}, raw_answers=True)
    (asked,) = stub.asked
    assert asked.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="image"; filename="a.png"\r\nContent-Type: image/png' in asked.body
    assert asked.body.count(b'name="operations"') == 2
    assert b'{"a": 1}' in asked.body
    assert b"\r\n\r\ntrue\r\n" in asked.body


def test_a_large_file_goes_straight_into_the_store(stub: Stub) -> None:
    content = b"\xff\xd8\xff" + bytes(PRESIGNED_ABOVE)
    target = {"upload_id": "up_1", "url": "/store/up_1?signed=1", "headers": {"X-Signed": "1"}}
    stub.on("POST /v1/uploads", ok(target, 201))
    stub.on("PUT /store/up_1", ok(None))
    stub.on("POST /v1/analyses", ok(analysis("queued"), 202))
    with Client(stub.url, api_key="slk_1") as client:
        client.submit(content, idempotency_key="mine")
    wanted, put, submitted = stub.asked
    assert json.loads(wanted.body) == {"content_type": "image/jpeg", "size": len(content)}
    assert (put.path, put.headers["X-Signed"]) == ("/store/up_1?signed=1", "1")
    assert put.body == content
    assert "X-API-Key" not in put.headers
    assert json.loads(submitted.body) == {"upload_id": "up_1"}
    keys = [one.headers["Idempotency-Key"] for one in (wanted, submitted)]
    assert keys == ["mine-upload", "mine"]


def test_an_analysis_is_shared_listed_and_withdrawn(stub: Stub) -> None:
    made = {"share_id": "sh_1", "url": "http://a.test/shared/1"}
    stub.on("POST /v1/analyses/an_1/share", problem(503, "unavailable"), ok(made, 201))
    stub.on("GET /v1/analyses/an_1/share", ok({"items": [made], "next_cursor": None}))
    stub.on("DELETE /v1/analyses/an_1/share/sh_1", ok(None, 204), problem(404, "not-found"))
    with Client(stub.url) as client:
        assert client.share("an_1", expires_in=60, parts=("preview",)) == made
        assert client.shares("an_1") == [made]
        client.withdraw("an_1", "sh_1")
        with pytest.raises(errors.NotFound):
            client.withdraw("an_1", "sh_1")
    first, again, *_ = stub.asked
    assert json.loads(again.body) == {"expires_in": 60, "parts": ["preview"]}
    assert first.headers["Idempotency-Key"] == again.headers["Idempotency-Key"]


async def test_a_file_that_is_slow_to_read_holds_up_nothing_else(
    stub: Stub, tmp_path: Path
) -> None:
    stub.on("POST /v1/analyses", ok(analysis("queued"), 202))
    slow = tmp_path / "slow.png"
    os.mkfifo(slow)
    went_on = threading.Event()

    def write() -> bool:
        in_time = went_on.wait(5)
        slow.write_bytes(b"\x89PNG\r\n\x1a\nrest")
        return in_time

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        async with AsyncClient(stub.url) as client:
            submitting = asyncio.create_task(client.submit(slow))
            await asyncio.sleep(0)  # it begins
            went_on.set()
            await submitting
    assert writing.result()
    assert b"\r\nContent-Type: image/png" in stub.asked[0].body


def test_what_nobody_would_take_is_not_sent(stub: Stub, tmp_path: Path) -> None:
    with Client(stub.url) as client:
        with pytest.raises(ValueError, match="20 MiB"):
            client.submit(bytes(FILE_AT_MOST + 1))
        with pytest.raises(FileNotFoundError):
            client.submit(tmp_path / "nothing.png")
    assert stub.asked == []


def test_a_result_is_waited_for_by_the_stream(stub: Stub) -> None:
    stub.on("POST /v1/analyses", ok(analysis("queued"), 202))
    stub.on(GET, ok(analysis("running")), ok(analysis()))
    stub.on(STREAM, events(analysis("running"), analysis()))
    with Client(stub.url, api_key="slk_1") as client:
        assert client.analyze("http://pictures.test/a.png")["faces"] == []
    assert [one.path for one in stub.asked][1:] == [
        "/v1/analyses/an_1",
        "/v1/analyses/an_1/events",
        "/v1/analyses/an_1",
    ]
    assert stub.asked[2].headers["X-API-Key"] == "slk_1"


@pytest.mark.parametrize("refused", [problem(429, "rate-limited"), problem(404, "not-found")])
async def test_where_there_is_no_stream_it_is_asked_for(stub: Stub, refused: object) -> None:
    stub.on(GET, ok(analysis("running")), ok(analysis("running")), ok(analysis()))
    stub.on(STREAM, refused)  # type: ignore[arg-type]
    async with AsyncClient(stub.url) as client:
        assert (await client.wait("an_1"))["status"] == "succeeded"
    paths = [one.path for one in stub.asked]
    assert paths.count("/v1/analyses/an_1/events") == 1
    assert paths[-1].startswith("/v1/analyses/an_1?wait=")


def test_a_stream_that_ends_early_is_opened_again(stub: Stub) -> None:
    stub.on(GET, ok(analysis("running")), ok(analysis("running")), ok(analysis()))
    stub.on(STREAM, events(analysis("running")), events(analysis()))
    with Client(stub.url) as client:
        assert client.wait("an_1")["status"] == "succeeded"
    assert [one.path for one in stub.asked].count("/v1/analyses/an_1/events") == 2


def test_what_ends_without_a_result_is_an_error_that_tells_why(stub: Stub) -> None:
    stub.on("POST /v1/analyses", ok(analysis("failed"), 202))
    with (
        Client(stub.url) as client,
        pytest.raises(errors.AnalysisFailed, match="too long") as raised,
    ):
        client.analyze("http://pictures.test/a.png")
    assert (raised.value.code, raised.value.analysis["id"]) == ("timeout", "an_1")


def test_nobody_waits_for_ever(stub: Stub) -> None:
    stub.on(GET, ok(analysis("running")))
    with Client(stub.url) as client, pytest.raises(errors.WaitedTooLong) as raised:
        client.wait("an_1", timeout_s=0)
    assert raised.value.id == "an_1"


def test_pages_follow_each_other(stub: Stub) -> None:
    def page(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        last = "cursor=next" in asked.path
        return ok(
            {
                "items": [analysis(id="an_2" if last else "an_1")],
                "next_cursor": None if last else "next",
            }
        )

    stub.on("GET /v1/analyses", page)
    with Client(stub.url) as client:
        found = [
            one["id"]
            for one in client.analyses(limit=1, has_code=True, from_="2026-11-01T00:00:00Z")
        ]
    assert found == ["an_1", "an_2"]
    assert "has_code=true&from=2026-11-01T00%3A00%3A00Z" in stub.asked[0].path


async def test_pages_follow_each_other_for_both(stub: Stub) -> None:
    stub.on("GET /v1/analyses", ok({"items": [analysis()], "next_cursor": None}))
    async with AsyncClient(stub.url) as client:
        assert [one["id"] async for one in client.analyses()] == ["an_1"]


def test_a_batch_is_followed_to_its_end(stub: Stub) -> None:
    seen = []
    stub.on("GET /v1/batches/ba_1", ok({"counts": {"succeeded": 1, "rejected": 1}}))
    with Client(stub.url) as client:
        client.wait_batch("ba_1", on_progress=lambda batch: seen.append(batch["counts"]))
    assert seen == [{"succeeded": 1, "rejected": 1}]


def test_what_is_gone_may_be_deleted_again(stub: Stub) -> None:
    with Client(stub.url) as client:
        client.delete("an_1")
        stub.on("DELETE /v1/analyses/an_1", problem(403, "insufficient-scope"))
        with pytest.raises(errors.InsufficientScope):
            client.delete("an_1")


def test_streams_that_end_at_once_are_not_opened_without_a_pause() -> None:
    flow = analyses.wait(Settings(), "an_1", timeout_s=60)
    running = Reply(200, {}, json.dumps(analysis("running")).encode())
    asked = [next(flow), flow.send(running), flow.send(None), flow.send(running)]
    assert [type(one) for one in asked] == [Call, ReadEvents, Call, Pause]
