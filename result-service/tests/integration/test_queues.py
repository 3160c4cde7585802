"""Text stands in a queue of its own, with the same promises as the other."""

import json

import pytest
from conftest import Service, submission
from sightline_contracts import events, ids, work_queue

ANALYSES = {work_queue.ORDINARY: ["hash"], work_queue.TEXT: ["hash", "text"]}
other = dict(zip(work_queue.QUEUES, reversed(work_queue.QUEUES), strict=True))
each_queue = pytest.mark.parametrize("queue", work_queue.QUEUES, ids=lambda queue: queue.name)


async def _subjects(service: Service, queue: work_queue.Queue) -> list[str]:
    entries = await service.redis.xrange(queue.stream)
    return [json.loads(fields["event"])["subject"] for _, fields in entries]


@each_queue
async def test_an_analysis_is_announced_where_its_operations_belong(
    service: Service, queue: work_queue.Queue
) -> None:
    analysis_id = await service.accept(operations=ANALYSES[queue])
    assert await _subjects(service, queue) == [analysis_id]
    assert await _subjects(service, other[queue]) == []
    [(_, fields)] = await service.redis.xrange(queue.stream)
    assert events.load(fields["event"], events.REQUESTED)["data"]["analysis_id"] == analysis_id


@each_queue
async def test_what_is_lost_is_announced_again_where_it_belongs(
    service: Service, queue: work_queue.Queue
) -> None:
    accepted = [await service.accept(operations=ANALYSES[queue]) for _ in range(3)]
    await service.redis.flushall()
    await service.wiring.sweeper.sweep()
    await service.wiring.sweeper.sweep()
    assert sorted(await _subjects(service, queue)) == sorted(accepted)
    assert await _subjects(service, other[queue]) == []


@each_queue
async def test_what_waits_anywhere_in_a_queue_is_held(
    service: Service, queue: work_queue.Queue
) -> None:
    accepted = [await service.accept(operations=ANALYSES[queue]) for _ in range(6)]
    assert set(await service.redis.hkeys(queue.lined_up)) == set(accepted[work_queue.RUNWAY :])
    entry = await service.redis.get(f"queued:{accepted[0]}")
    await service.redis.xdel(queue.stream, entry)
    await service.redis.zadd(queue.delayed, {accepted[0]: 1})
    assert await service.wiring.stream.lost(accepted) == {}


async def test_an_entry_of_another_analysis_in_the_other_queue_holds_nothing(
    service: Service,
) -> None:
    """Entry ids are the time: two streams may have the same."""
    lost = await service.accept(operations=["text"])
    entry = await service.redis.get(f"queued:{lost}")
    event = await service.redis.xrange(work_queue.TEXT.stream)
    await service.redis.xdel(work_queue.TEXT.stream, entry)
    strange = {"event": event[0][1]["event"].replace(lost, ids.new_id("an"))}
    await service.redis.xadd(work_queue.ORDINARY.stream, strange, id=entry)
    assert await service.wiring.stream.lost([lost]) == {lost: entry}


@each_queue
async def test_a_long_wait_in_one_queue_refuses_nothing_that_goes_to_the_other(
    service: Service, queue: work_queue.Queue
) -> None:
    for _ in range(work_queue.RUNWAY + 1):
        await service.accept(operations=ANALYSES[queue])
    line = queue.line(service.user_id)
    since_ms, _, first = (await service.redis.lindex(line, 0)).partition(" ")
    await service.redis.lset(line, 0, f"{int(since_ms) - 11_000} {first}")
    more = submission(operations=ANALYSES[queue])
    refused = await service.client.put(service.url(ids.new_id("an")), json=more)
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/overloaded")
    await service.accept(operations=ANALYSES[other[queue]])
