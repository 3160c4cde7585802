"""Ended analyses are read from memory, and what was deleted is gone from every replica within a second."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx2
import pytest
from conftest import report, submission
from fakes import FakeAccounts, FakeBucket
from redis.asyncio import Redis
from sightline_contracts import ids

from result_service.app import create_app
from result_service.deliveries.stream import connect
from result_service.models.analyses import Report, Submission
from result_service.models.batches import BatchMember, BatchRecord
from result_service.outcomes.ended import ALONE_S, HEARD_S
from result_service.settings import Settings
from result_service.sla import read_sla
from result_service.store import keys
from result_service.wiring import Adapters, Wiring, wire

GONE_S = 1.0
"""The promise: seconds until what one replica has deleted is shown by none."""
NOWHERE = "redis://127.0.0.1:1/0"
USER, ANALYSIS = ids.new_id("us"), ids.new_id("an")
URL = f"/v1/users/{USER}/analyses/{ANALYSIS}"


@dataclass
class Replica:
    wiring: Wiring
    client: httpx2.AsyncClient

    async def status(self) -> int:
        return (await self.client.get(URL)).status_code

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110  # what it waits for has no event
                await asyncio.sleep(0.01)

    async def until_gone(self) -> None:
        async with asyncio.timeout(GONE_S):
            while await self.status() != 404:  # noqa: ASYNC110  # a client has no event either
                await asyncio.sleep(0.01)

    @property
    def heard(self) -> float:
        return self.wiring.ended._heard


@contextlib.asynccontextmanager
async def replica(bucket: FakeBucket, redis_url: str) -> AsyncIterator[Replica]:
    settings = Settings(sweep_interval_s=3600, sweep_grace_s=0)
    outside = Adapters(bucket=bucket, stream=connect(redis_url), accounts=FakeAccounts())
    wiring = wire(settings, outside, read_sla())
    app = create_app(wiring)
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://results") as client,
    ):
        yield Replica(wiring, client)


async def ended(by: Replica) -> None:
    """An analysis that has ended and is complete."""
    analyses = by.wiring.analyses
    await analyses.accept(USER, ANALYSIS, Submission.model_validate(submission()))
    await analyses.finish(USER, ANALYSIS, Report.model_validate(report(ANALYSIS)))
    await by.wiring.completion.flush()


@dataclass
class Ground:
    bucket: FakeBucket
    one: Replica
    other: Replica
    now: float = 1000.0

    def stop_the_clocks(self) -> None:
        """Only what a replica is told makes it forget."""
        for each in (self.one, self.other):
            each.wiring.ended.clock = lambda: self.now


@contextlib.asynccontextmanager
async def two(redis_url: str) -> AsyncIterator[Ground]:
    bucket = FakeBucket()
    async with replica(bucket, redis_url) as one, replica(bucket, redis_url) as other:
        await ended(one)
        bucket.gets.clear()
        yield Ground(bucket, one, other)


@pytest.fixture
async def ground(redis_url: str) -> AsyncIterator[Ground]:
    async with two(redis_url) as made:
        for each in (made.one, made.other):
            await each.until(lambda each=each: each.wiring.ended._listening_since < 1e9)
        yield made


async def test_an_ended_analysis_is_read_from_the_store_once(ground: Ground) -> None:
    ground.stop_the_clocks()
    answers = [await ground.one.client.get(URL) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({(answer.content, answer.headers["etag"]) for answer in answers}) == 1
    assert ground.bucket.gets == [keys.outcome(USER, ANALYSIS)]
    condition = {"If-None-Match": answers[0].headers["etag"]}
    assert (await ground.one.client.get(URL, headers=condition)).status_code == 304


async def test_one_that_runs_is_read_each_time(ground: Ground) -> None:
    running = ids.new_id("an")
    given = Submission.model_validate(submission())
    await ground.one.wiring.analyses.accept(USER, running, given)
    await ground.one.client.get(f"/v1/users/{USER}/analyses/{running}")
    end = Report.model_validate(report(running))
    await ground.one.wiring.analyses.finish(USER, running, end)
    answer = await ground.one.client.get(f"/v1/users/{USER}/analyses/{running}")
    assert answer.json()["status"] == "succeeded"


async def test_a_batch_is_read_from_memory(ground: Ground) -> None:
    ground.stop_the_clocks()
    batches, batch_id = ground.one.wiring.batches, ids.new_id("ba")
    record = BatchRecord(members=[BatchMember(index=0, analysis_id=ANALYSIS)])
    await batches.begin(USER, batch_id, record)
    ground.bucket.heads.clear()
    found = [await batches.find(USER, batch_id) for _ in range(2)]
    assert found[0] == found[1]
    assert ground.bucket.heads == [keys.outcome(USER, ANALYSIS)]


async def test_the_other_replica_is_told_of_a_deletion(ground: Ground) -> None:
    ground.stop_the_clocks()
    assert [await ground.one.status(), await ground.other.status()] == [200, 200]
    assert (await ground.one.client.delete(URL)).status_code == 204
    assert await ground.one.status() == 404
    await ground.other.until_gone()


async def test_the_other_replica_is_told_of_an_accounts_deletion(ground: Ground) -> None:
    ground.stop_the_clocks()
    assert await ground.other.status() == 200
    await ground.one.wiring.removals.begin_account(USER)
    await ground.one.wiring.sweeper.sweep()
    await ground.other.until_gone()


async def test_a_deletion_is_seen_while_redis_hangs(ground: Ground, redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    assert await ground.other.status() == 200
    since = ground.other.heard
    await ground.other.until(lambda: ground.other.heard > since)
    await redis.execute_command("CLIENT", "PAUSE", 60_000, "WRITE")
    try:
        assert (await ground.one.client.delete(URL)).status_code == 204
        await ground.other.until_gone()
    finally:
        await redis.execute_command("CLIENT", "UNPAUSE")
        await redis.aclose()


async def test_without_redis_a_replica_forgets_by_itself() -> None:
    assert ALONE_S + HEARD_S <= GONE_S
    async with two(NOWHERE) as ground:
        ground.stop_the_clocks()
        assert [await ground.one.status(), await ground.other.status()] == [200, 200]
        assert (await ground.one.client.delete(URL)).status_code == 204
        assert await ground.one.status() == 404
        ground.now += ALONE_S
        assert await ground.other.status() == 200
        ground.now += 0.001
        assert await ground.other.status() == 404
