"""A message outside its contract goes to the dead letters, never to the handler."""

import asyncio
import json
from typing import Any

import pytest
from conftest import Queue
from sightline_contracts import events
from structlog.testing import capture_logs


@pytest.mark.parametrize(
    "fields", [{"event": "{"}, {"event": '{"type": "other"}'}, {"surprise": "1"},
               {"event": b"\xff\xfe"}, {b"\xff": b"\xff"}]
)  # fmt: skip
async def test_a_message_outside_the_contract_is_a_dead_letter_and_the_next_one_runs(
    queue: Queue, coffee: bytes, fields: dict[Any, Any]
) -> None:
    entry = await queue.redis.xadd(events.REQUESTED, fields)
    analysis_id = await queue.add(coffee)
    async with queue.worker() as worker:
        assert (await queue.results.outcome(analysis_id))["status"] == "succeeded"
        await queue.until_empty()
        (letter,) = await worker.ordinary.stream.buried()
    assert (letter["stream"], letter["entry"]) == (events.REQUESTED, entry)
    assert letter["reason"]
    assert len(json.loads(letter["fields"])) == 1
    assert queue.results.reports == 1


async def test_the_analysis_of_a_message_outside_the_contract_fails_and_can_be_redriven(
    queue: Queue, coffee: bytes
) -> None:
    """A field is missing, of an analysis that is known: it waits for nobody."""
    analysis_id = await queue.add(coffee)
    event = json.loads(queue.events[analysis_id])
    del event["data"]["input"]
    await queue.redis.flushdb()
    await queue.redis.xadd(events.REQUESTED, {events.FIELD: json.dumps(event)})
    async with queue.worker() as worker:
        outcome = await queue.results.outcome(analysis_id)
        await queue.until_empty()
        (letter,) = await worker.ordinary.stream.buried()
    assert (outcome["status"], outcome["error"]["code"]) == ("failed", "internal")
    assert outcome["attempts"] == []
    assert "required" in letter["reason"]


async def test_a_message_outside_the_contract_waits_while_its_analysis_cannot_be_ended(
    queue: Queue, coffee: bytes
) -> None:
    analysis_id = await queue.add(coffee)
    event = json.loads(queue.events[analysis_id])
    event["data"]["input"]["engine"] = "steam"
    await queue.redis.flushdb()
    await queue.redis.xadd(events.REQUESTED, {events.FIELD: json.dumps(event)})
    queue.results.down = True
    async with queue.worker(lease_s=1) as worker:
        with capture_logs() as logs:
            async with asyncio.timeout(15):
                while not any(one["event"] == "not_buried" for one in logs):  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
        assert await worker.ordinary.stream.buried() == []
        queue.results.down = False
        assert (await queue.results.outcome(analysis_id))["status"] == "failed"
