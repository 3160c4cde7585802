"""The sweeper mends what a lost hint or an absent service left behind."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from conftest import Service
from redis.exceptions import ConnectionError as RedisConnectionError
from sightline_contracts import events, ids, work_queue
from sightline_contracts.problems import Unavailable

from result_service.models.accounts import Removal
from result_service.repair import due_removals, sweeper
from result_service.store import keys
from result_service.store.bucket import Listed, StoredObject


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


async def test_a_sweep_looks_at_one_slice_however_many_wait(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "SLICE", 4)
    waiting = sorted([await service.accept() for _ in range(10)])
    looked_at: list[list[str]] = []

    async def lost(analysis_ids: list[str]) -> dict[str, str]:
        looked_at.append(analysis_ids)
        return {}

    monkeypatch.setattr(service.wiring.stream, "lost", lost)
    for _ in range(4):
        await service.wiring.sweeper.sweep()
    assert looked_at == [waiting[:4], waiting[4:8], waiting[8:], waiting[:4]]


async def test_slices_that_end_with_the_last_object_begin_anew(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "SLICE", 2)
    accepted = sorted([await service.accept() for _ in range(4)])
    for _ in range(3):  # the third finds nothing after the last one
        await service.wiring.sweeper.sweep()
    await service.redis.flushall()
    await service.wiring.sweeper.sweep()
    assert sorted(await service.requested()) == accepted


async def test_what_redis_forgot_is_mended_in_one_sweep(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "SLICE", 4)
    accepted = sorted([await service.accept() for _ in range(10)])
    await service.redis.flushall()
    await service.wiring.sweeper.sweep()
    assert sorted(await service.requested()) == accepted


async def test_what_cannot_be_mended_now_does_not_keep_a_sweep_going(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "SLICE", 2)
    service.accounts.down = True
    for _ in range(6):
        await service.finish(await service.accept())
    await service.redis.flushall()
    service.bucket.gets.clear()
    await service.wiring.sweeper.sweep()
    assert len([key for key in service.bucket.gets if keys.is_pending(key)]) == 2


async def test_removals_that_are_not_due_are_not_listed_beyond_the_first_ones(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing, pages = service.bucket.list, {}

    def watched(prefix: str, **named: int) -> AsyncIterator[Listed]:
        pages[prefix] = named.get("page")
        return listing(prefix)

    monkeypatch.setattr(service.bucket, "list", watched)
    await service.wiring.sweeper.sweep()
    assert pages[keys.REMOVALS] == due_removals.DUE_LISTED


async def test_an_account_is_deleted_page_by_page(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_removals, "PAGE", 3)
    for _ in range(7):
        await service.finish(await service.accept())
    delete, together = service.bucket.delete, []

    async def watched(doomed: list[str]) -> None:
        together.append(len(doomed))
        await delete(doomed)

    monkeypatch.setattr(service.bucket, "delete", watched)
    await service.client.delete(f"/v1/users/{service.user_id}")
    await service.wiring.sweeper.sweep()
    assert max(together) == 3
    assert not service.left()


def failing_reads(service: Service, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """The store never gives the objects of whoever or whatever is named."""
    get = service.bucket.get

    async def read(key: str) -> StoredObject | None:
        if any(name in key for name in names):
            raise Unavailable("The object store refused.")
        return await get(key)

    monkeypatch.setattr(service.bucket, "get", read)


async def test_an_analysis_that_fails_each_time_holds_back_no_other(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = sorted([await service.accept() for _ in range(3)])
    await service.redis.flushall()
    failing_reads(service, monkeypatch, accepted[0])
    with pytest.raises(Unavailable):
        await service.wiring.sweeper.sweep()
    assert sorted(await service.requested()) == accepted[1:]


async def test_a_removal_that_fails_each_time_holds_back_neither_others_nor_the_sweep(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    removals = service.wiring.removals
    for user_id, seconds in ((ids.new_id("us"), -3), (service.user_id, -2)):
        await removals.schedule(seconds, Removal(user_id=user_id, whole_account=True))
    [poison, other] = sorted(key for key in service.bucket.objects if key.startswith("removals/"))
    analysis_id = await service.accept()
    await service.redis.flushall()
    failing_reads(service, monkeypatch, poison)
    with pytest.raises(Unavailable):
        await service.wiring.sweeper.sweep()
    assert await service.requested() == [analysis_id]
    assert poison in service.bucket.objects
    assert other not in service.bucket.objects


async def test_a_deleted_account_that_fails_each_time_holds_back_no_other(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted(ids.new_id("us") for _ in range(2))
    delete = service.bucket.delete

    async def fails(doomed: list[str]) -> None:
        if keys.deletion(first) in doomed:
            raise Unavailable("The object store refused.")
        await delete(doomed)

    monkeypatch.setattr(service.bucket, "delete", fails)
    for user_id in (first, second):
        await service.wiring.removals.begin_account(user_id)
    with pytest.raises(Unavailable):
        await service.wiring.sweeper.sweep()
    assert keys.deletion(first) in service.bucket.objects
    assert keys.deletion(second) not in service.bucket.objects
