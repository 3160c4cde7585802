"""The sweeper mends what a lost hint or an absent service left behind."""

import asyncio
import json

import pytest
from conftest import Service
from redis.exceptions import ConnectionError as RedisConnectionError
from sightline_contracts import events, work_queue

from result_service.store import keys


async def test_redis_down_at_accept_is_mended_by_the_sweeper(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(**_: object) -> None:
        raise RedisConnectionError

    with monkeypatch.context() as down:
        down.setattr(service.wiring.stream, "_publish", dict.fromkeys(work_queue.QUEUES, refuse))
        analysis_id = await service.accept()
    assert await service.requested() == []
    await service.wiring.sweeper.sweep()
    assert await service.requested() == [analysis_id]
    [(_, fields)] = await service.redis.xrange(events.REQUESTED)
    assert json.loads(fields["event"])["requestid"] == "req-1"


async def test_flushall_is_mended_once_however_many_sweepers_look(service: Service) -> None:
    accepted = sorted([await service.accept() for _ in range(5)])
    await service.redis.flushall()
    await asyncio.gather(*(service.wiring.sweeper.sweep() for _ in range(4)))
    await service.wiring.sweeper.sweep()
    assert sorted(await service.requested()) == accepted


async def test_the_sweeper_leaves_queued_and_delayed_work_alone(service: Service) -> None:
    queued, delayed = await service.accept(), await service.accept()
    entry = await service.redis.get(f"queued:{delayed}")
    await service.redis.xdel(events.REQUESTED, entry)
    await service.redis.zadd("analysis.delayed", {delayed: 1})
    await service.wiring.sweeper.sweep()
    assert await service.requested() == [queued]


async def test_what_stands_in_line_is_held(service: Service) -> None:
    accepted = [await service.accept() for _ in range(work_queue.RUNWAY + 2)]
    in_line = await service.redis.hkeys(work_queue.ORDINARY.lined_up)
    assert set(in_line) == set(accepted[work_queue.RUNWAY :])
    assert await service.wiring.stream.lost(accepted) == {}
    await service.wiring.sweeper.sweep()
    assert sorted(await service.requested()) == sorted(accepted)


async def test_user_service_down_at_the_end_bills_later_and_once(service: Service) -> None:
    analysis_id = await service.accept()
    service.accounts.down = True
    assert (await service.finish(analysis_id)).status_code == 201
    assert (await service.client.get(service.url(analysis_id))).json()["status"] == "succeeded"
    service.accounts.down = False
    await service.redis.delete(events.REQUESTED)  # as the worker's ack does
    await service.wiring.sweeper.sweep()
    await service.wiring.sweeper.sweep()
    assert list(service.accounts.settled) == [analysis_id]
    assert service.accounts.calls == 1


async def test_a_pending_object_stays_until_its_end_is_billed(service: Service) -> None:
    analysis_id = await service.accept()
    service.accounts.down = True
    await service.finish(analysis_id)
    assert keys.pending(service.user_id, analysis_id) in service.bucket.objects
    service.accounts.down = False
    await service.redis.flushall()
    await service.wiring.sweeper.sweep()
    assert keys.pending(service.user_id, analysis_id) not in service.bucket.objects
    assert list(service.accounts.settled) == [analysis_id]
