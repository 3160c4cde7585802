"""What follows an outcome, for many at once."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from conftest import Service, report
from sightline_contracts import ids

from result_service.accounts.user_service import UserService
from result_service.models.analyses import Input, Intent, Metering
from result_service.outcomes.outcome import End, Outcome


async def until_complete(service: Service, count: int) -> None:
    async with asyncio.timeout(10):
        while len(service.accounts.settled) < count or pending(service):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def pending(service: Service) -> list[str]:
    return [key for key in service.bucket.objects if key.startswith("pending/")]


async def test_the_first_is_completed_at_once_and_the_next_ones_together_after_a_pause(
    service: Service,
) -> None:
    completion = service.wiring.completion
    completion._pause_s = 60  # longer than this test
    before, after = asyncio.create_task(completion.run()), None
    try:
        await report_end(service)
        await until_complete(service, 1)
        for _ in range(5):
            await report_end(service)
        assert len(service.accounts.settled) == 1
        before.cancel()
        after = asyncio.create_task(completion.run())  # as when the pause is over
        await until_complete(service, 6)
    finally:
        before.cancel()
        if after is not None:
            after.cancel()
    assert service.accounts.calls == 2


async def test_a_call_takes_no_more_than_user_service_does(
    service: Service,
) -> None:
    service.wiring.completion._max_settled_together = 2
    for _ in range(5):
        await report_end(service)
    await service.wiring.completion.flush()
    assert (service.accounts.calls, len(service.accounts.settled)) == (3, 5)


async def test_what_does_not_fit_waits_for_the_sweeper(
    service: Service,
) -> None:
    service.wiring.completion._max_waiting = 1
    for _ in range(2):
        await report_end(service)
    await service.wiring.completion.flush()
    assert len(service.accounts.settled) == 1
    await service.redis.flushall()  # as the workers' acknowledgements do
    await service.wiring.sweeper.sweep()
    assert len(service.accounts.settled) == 2


async def report_end(service: Service) -> None:
    analysis_id = await service.accept()
    path = service.url(analysis_id, "/outcome")
    answer = await service.client.put(path, json=report(analysis_id))
    assert answer.status_code == 201


async def test_the_sweeper_leaves_what_has_just_ended_to_who_completes_it(
    service: Service,
) -> None:
    service.wiring.sweeper._grace = timedelta(minutes=1)
    just_now, long_ago = await service.accept(), await service.accept()
    for analysis_id, finished_at in ((just_now, ids.now()), (long_ago, "2026-11-01T00:00:01.000Z")):
        sent = report(analysis_id, finished_at=finished_at)
        await service.client.put(service.url(analysis_id, "/outcome"), json=sent)
    objects = service.bucket.objects
    for key in pending(service):
        objects[key] = (objects[key][0], datetime.now(UTC) - timedelta(hours=1))
    await service.redis.flushall()  # as the workers' acknowledgements do
    await service.wiring.sweeper.sweep()
    assert list(service.accounts.settled) == [long_ago]


async def test_of_ends_billed_in_part_the_rest_stays_pending(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await report_end(service)
    await report_end(service)
    settle = service.accounts.settle

    async def one_of_them(ends: Sequence[End]) -> set[str]:
        return await settle(ends[:1])

    monkeypatch.setattr(service.accounts, "settle", one_of_them)
    await service.wiring.completion.flush()
    assert len(service.accounts.settled) == 1
    assert [key for key in pending(service) if next(iter(service.accounts.settled)) in key] == []
    assert len(pending(service)) == 1


@pytest.mark.parametrize("status", [422, 500])
async def test_an_end_that_user_service_cannot_read_keeps_no_other_from_being_billed(
    status: int,
) -> None:
    ends = [an_end() for _ in range(5)]
    unreadable = ends[3].analysis_id

    def answer(request: httpx2.Request) -> httpx2.Response:
        given = [analysis["analysis_id"] for analysis in json.loads(request.content)["analyses"]]
        if unreadable in given:
            return httpx2.Response(status, json={})
        return httpx2.Response(200, json={"settled": given, "unknown": []})

    users = UserService("http://users.test", timeout_s=5)
    await users._client.aclose()
    users._client = httpx2.AsyncClient(
        transport=httpx2.MockTransport(answer), base_url="http://users.test"
    )
    settled = await users.settle(ends)
    await users.close()
    assert settled == {end.analysis_id for end in ends} - {unreadable}


def an_end() -> End:
    given = Input(kind="upload", operations=["hash"], engine="auto")
    intent = Intent(
        analysis_id=ids.new_id("an"),
        user_id=ids.new_id("us"),
        created_at=ids.now(),
        request_id="r",
        input=given,
    )
    return End(intent, Outcome.of_body("succeeded", None, ids.now(), Metering(), {}))
