"""Whoever waits is woken by what happens in any of the queues."""

import asyncio

import pytest
from conftest import Gateway
from sightline_contracts import events, ids, work_queue


@pytest.mark.parametrize("queue", work_queue.QUEUES, ids=lambda queue: queue.name)
async def test_an_analysis_that_is_announced_wakes_who_waits_for_it(
    gateway: Gateway, queue: work_queue.Queue
) -> None:
    analysis_id = ids.new_id("an")
    given = {"kind": "url", "image_url": "http://a.test/", "operations": ["text"], "engine": "auto"}
    data = {"analysis_id": analysis_id, "user_id": gateway.user_id, "created_at": ids.now(),
            "input": given}  # fmt: skip
    event = events.dump(events.REQUESTED, "test", analysis_id, data)
    with gateway.wiring.hints.listen(analysis_id) as heard:
        async with asyncio.timeout(5):
            while heard.empty():
                # The tail may begin after the first of them.
                await gateway.redis.xadd(queue.stream, {"event": event})
                await asyncio.sleep(0.02)
    assert heard.get_nowait() == analysis_id
