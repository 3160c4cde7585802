"""Whoever waits is woken by what happens in any of the queues."""

import asyncio
import contextlib
import json

import httpx2
import pytest
from conftest import Gateway
from sightline_contracts import events, ids, work_queue

from gateway.analyses.waiting import ASK_AGAIN_S, beats, until
from gateway.app import create_app
from gateway.wiring import real

pytestmark = pytest.mark.both_servers


@pytest.mark.parametrize("queue", work_queue.QUEUES, ids=lambda queue: queue.name)
async def test_an_analysis_that_is_announced_wakes_who_waits_for_it(
    gateway: Gateway, queue: work_queue.Queue
) -> None:
    analysis_id = ids.new_id("an")
    given = {"kind": "url", "image_url": "http://a.test/", "operations": ["text"], "engine": "auto"}
    data = {
        "analysis_id": analysis_id,
        "user_id": gateway.user_id,
        "created_at": ids.now(),
        "input": given,
    }
    event = events.dump(events.REQUESTED, "test", analysis_id, data)
    with gateway.wiring.hints.listen(analysis_id) as heard:
        async with asyncio.timeout(5):
            while heard.empty():
                # The tail may begin after the first of them.
                await gateway.redis.xadd(queue.stream, {"event": event})
                await asyncio.sleep(0.02)
    assert heard.get_nowait() == analysis_id


async def test_who_listens_no_longer_is_forgotten(gateway: Gateway) -> None:
    hints = gateway.wiring.hints
    with hints.listen("an_one") as one, hints.listen("an_one") as other:
        assert hints._listeners == {"an_one": {one, other}}
    with contextlib.suppress(ConnectionError), hints.listen("an_one"):
        raise ConnectionError
    assert hints._listeners == {}


@pytest.mark.parametrize("path", ["/v1/events", "/v1/analyses/{}/events", "/v1/analyses/{}?wait=1"])
async def test_answers_that_are_over_leave_no_listener(gateway: Gateway, path: str) -> None:
    gateway.wiring.revalidation.every_s = 0
    analysis_id = (await gateway.submit()).json()["id"]
    gateway.users.user.clear()
    answer = await gateway.client.get(path.format(analysis_id), headers=gateway.auth())
    assert answer.status_code == 200
    assert gateway.wiring.hints._listeners == {}


async def test_who_waits_is_let_go_with_the_state_as_it_is(gateway: Gateway) -> None:
    hints = gateway.wiring.hints

    async def not_yet() -> bool:
        return False

    with hints.listen("an_before") as before:
        hints.let_go()
        with hints.listen("an_after") as after:
            async with asyncio.timeout(ASK_AGAIN_S / 2):
                assert not await until(before, 60, not_yet)
                assert [hint async for hint in beats(after)] == []


async def test_a_hint_that_cannot_be_read_costs_nobody_the_next_one(gateway: Gateway) -> None:
    analysis_id = ids.new_id("an")
    data = {
        "analysis_id": analysis_id,
        "user_id": gateway.user_id,
        "status": "succeeded",
        "created_at": ids.now(),
        "finished_at": ids.now(),
    }
    good = events.dump(events.COMPLETED, "test", analysis_id, data)
    strange = ids.new_id("an")
    bad = events.dump(
        events.COMPLETED, "test", strange, {**data, "analysis_id": strange, "created_at": "soon"}
    )
    with gateway.wiring.hints.listen(analysis_id) as heard:
        async with asyncio.timeout(5):
            while heard.empty():
                await gateway.redis.xadd(events.COMPLETED, {"event": bad})
                await gateway.redis.xadd(events.COMPLETED, {"event": good})
                await asyncio.sleep(0.02)
    assert (await gateway.client.get("/readyz")).json()["checks"]["loops"] == "ok"


async def test_an_event_with_a_field_more_is_heard(gateway: Gateway) -> None:
    analysis_id = ids.new_id("an")
    data = {
        "analysis_id": analysis_id,
        "user_id": gateway.user_id,
        "status": "succeeded",
        "created_at": ids.now(),
        "finished_at": ids.now(),
        "more": 1,
    }
    event = json.loads(events.dump(events.COMPLETED, "test", analysis_id, data))
    text = json.dumps({**event, "partitionkey": "of a later version"})
    with gateway.wiring.hints.listen(analysis_id) as heard:
        async with asyncio.timeout(5):
            while heard.empty():
                await gateway.redis.xadd(events.COMPLETED, {"event": text, "more": "x"})
                await asyncio.sleep(0.02)
    assert heard.get_nowait() == analysis_id


async def test_readiness_tells_of_hints_that_nobody_passes_on(gateway: Gateway) -> None:
    async def fails() -> None:
        failed.set()
        raise KeyError("of a later version")

    failed = asyncio.Event()
    wiring = real(gateway.wiring.settings)
    wiring.hints.run = fails  # type: ignore[method-assign]
    app = create_app(wiring)
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client,
    ):
        await failed.wait()
        checks = (await client.get("/readyz")).json()["checks"]
    assert checks["loops"].startswith("hints failed")
