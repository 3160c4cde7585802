"""A message outside its contract goes to the dead letters, never to the handler."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Queue
from sightline_contracts import events
from structlog.testing import capture_logs

FAULTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "a field is missing": lambda data: data.pop("input"),
    "a field deep inside is missing": lambda data: data["input"].pop("kind"),
    "a type is another": lambda data: data["input"].update(operations="hash"),
    "a value that is not known": lambda data: data["input"].update(operations=["emotions"]),
    "an engine that is not known": lambda data: data["input"].update(engine="steam"),
    "nothing to be done": lambda data: data["input"].update(operations=[]),
    "a time that is none": lambda data: data.update(created_at="yesterday"),
    "attempts that are none": lambda data: data.update(attempts=[{"number": 1}]),
}


@pytest.mark.parametrize(
    "fields",
    [
        {"event": "{"},
        {"event": '{"type": "other"}'},
        {"surprise": "1"},
        {"event": b"\xff\xfe"},
        {b"\xff": b"\xff"},
    ],
)
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


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_the_analysis_of_a_message_outside_the_contract_fails_and_can_be_redriven(
    queue: Queue, coffee: bytes, fault: Callable[[dict[str, Any]], Any]
) -> None:
    """It is known, and waits for nobody."""
    analysis_id = await queue.add(coffee)
    event = json.loads(queue.events[analysis_id])
    fault(event["data"])
    await queue.redis.flushdb()
    await queue.redis.xadd(events.REQUESTED, {events.FIELD: json.dumps(event)})
    async with queue.worker() as worker:
        outcome = await queue.results.outcome(analysis_id)
        await queue.until_empty()
        (letter,) = await worker.ordinary.stream.buried()
    assert (outcome["status"], outcome["error"]["code"]) == ("failed", "internal")
    assert outcome["attempts"] == []
    assert letter["reason"].startswith(
        ("analysis.requested breaks its contract at /", "created_at")
    )


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
