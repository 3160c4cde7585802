"""How often a job and a read call the store. A call more is a cost that somebody must want: the figures are
raised here on purpose, or not at all."""

import base64
import inspect
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from conftest import Service, report, submission
from fakes import FakeAccounts, FakeBucket
from sightline_contracts import ids

from result_service.analyses.batches import Batches
from result_service.deliveries.stream import connect
from result_service.models.analyses import Report, Submission
from result_service.models.batches import BatchMember, BatchRecord
from result_service.routes.streaming import streamed
from result_service.settings import Settings
from result_service.sla import read_sla
from result_service.store import keys
from result_service.wiring import Adapters, Wiring, wire

MEMBERS = 128


class CountedBucket:
    """Counts the calls of a bucket by method and by the folder of the first key."""

    def __init__(self) -> None:
        self._bucket = FakeBucket()
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._bucket, name)

        def counted(first: Any, *given: Any, **named: Any) -> Any:
            key = first if isinstance(first, str) else next(iter(first), "")
            self.calls[f"{name} {key.partition('/')[0]}"] += 1
            return method(first, *given, **named)

        is_of_keys = inspect.iscoroutinefunction(method) or inspect.isasyncgenfunction(method)
        return counted if is_of_keys else method

    async def count(self, call: Awaitable[object]) -> dict[str, int]:
        self.calls.clear()
        await call
        return dict(self.calls)


class Ground:
    def __init__(self, wiring: Wiring, bucket: CountedBucket) -> None:
        self.parts = wiring
        self.bucket = bucket
        self.user_id, self.analysis_id = ids.new_id("us"), ids.new_id("an")

    async def upload(self) -> None:
        await self.parts.uploads.store(self.user_id, self.analysis_id, b"picture")

    async def accept(self, kind: str = "url") -> None:
        changes = {"kind": kind, **({"image_url": None} if kind == "upload" else {})}
        given = Submission.model_validate(submission(**changes))
        await self.parts.analyses.accept(self.user_id, self.analysis_id, given)

    async def finish(self, **changes: object) -> None:
        given = Report.model_validate(report(self.analysis_id, **changes))
        await self.parts.analyses.finish(self.user_id, self.analysis_id, given)

    async def ended(self) -> None:
        self.analysis_id = ids.new_id("an")
        await self.accept()
        await self.finish()
        await self.parts.completion.flush()

    async def read(self) -> None:
        await self.parts.lookup.shown(self.user_id, self.analysis_id)

    async def picture(self) -> None:
        key = keys.upload(self.user_id, self.analysis_id)
        answer: Any = await streamed(self.parts.bucket, key, "image/png")
        assert [piece async for piece in answer.body_iterator] == [b"picture"]

    async def page(self) -> None:
        assert (await self.parts.listing.page(self.user_id, 20, None, None)).items


@pytest.fixture
async def ground(redis_url: str, service: Service) -> AsyncIterator[Ground]:
    """`service` empties Redis."""
    bucket: Any = CountedBucket()
    settings = Settings(sweep_interval_s=3600, sweep_grace_s=0)
    outside = Adapters(bucket=bucket, stream=connect(redis_url), accounts=FakeAccounts())
    wiring = wire(settings, outside, read_sla())
    wiring.ended.clock = lambda: 1000.0  # however slow the machine, memory serves
    yield Ground(wiring, bucket)
    await wiring.close()


async def test_a_job_by_file(ground: Ground) -> None:
    count, picture = ground.bucket.count, base64.b64encode(b"jpeg").decode()
    first = await count(ground.upload())
    assert first == {"head deleted": 1, "list slots": 1, "list uploads": 1, "put uploads": 1}
    assert await count(ground.upload()) == {"head deleted": 1, "put uploads": 1}, "counted before"
    assert await count(ground.accept("upload")) == {"head deleted": 1, "put_new pending": 1}
    needs = ground.parts.lookup.needs_no_work(ground.user_id, ground.analysis_id)
    assert await count(needs) == {"head analyses": 1, "head pending": 1}
    assert await count(ground.picture()) == {"open uploads": 1}
    vector = {"model": "m", "vector": base64.b64encode(bytes(8)).decode()}
    assert await count(ground.finish(preview=picture, embedding=vector)) == {
        "get pending": 1,
        "put previews": 1,
        "put embeddings": 1,
        "put_new analyses": 1,
        "head deleted": 1,
    }
    assert await count(ground.parts.completion.flush()) == {"delete pending": 1}
    assert await count(ground.read()) == {"get analyses": 1}
    assert await count(ground.read()) == {}


async def test_a_job_by_address(ground: Ground) -> None:
    assert await ground.bucket.count(ground.accept()) == {"head deleted": 1, "put_new pending": 1}
    assert await ground.bucket.count(ground.finish()) == {
        "get pending": 1,
        "put_new analyses": 1,
        "head deleted": 1,
    }


async def test_ends_that_come_together_are_completed_with_one_call(ground: Ground) -> None:
    for _ in range(10):
        ground.analysis_id = ids.new_id("an")
        await ground.accept()
        await ground.finish()
    assert await ground.bucket.count(ground.parts.completion.flush()) == {"delete pending": 1}


async def test_a_list(ground: Ground) -> None:
    for _ in range(20):
        await ground.ended()
    assert (await ground.bucket.count(ground.page()))["head analyses"] == 20
    assert await ground.bucket.count(ground.page()) == {"list pending": 1, "list analyses": 1}


async def test_a_batch(ground: Ground) -> None:
    members = []
    for index in range(MEMBERS):
        await ground.ended()
        members.append(BatchMember(index=index, analysis_id=ground.analysis_id))
    batches: Batches = ground.parts.batches
    batch_id = ids.new_id("ba")
    await batches.begin(ground.user_id, batch_id, BatchRecord(members=members))
    find: Callable[[], Awaitable[object]] = lambda: batches.find(ground.user_id, batch_id)  # noqa: E731
    assert await ground.bucket.count(find()) == {"get batches": 1, "head analyses": MEMBERS}
    assert await ground.bucket.count(find()) == {"get batches": 1}


async def test_the_deletion_of_an_ended_analysis(ground: Ground) -> None:
    await ground.ended()
    delete = ground.parts.analyses.delete(ground.user_id, ground.analysis_id)
    assert await ground.bucket.count(delete) == {
        "get pending": 2,
        "head analyses": 1,
        "put removals": 1,
        "put deleted": 1,
        "list shares": 1,
        "delete pending": 1,
        "delete analyses": 1,
    }


async def test_a_dead_letter_run_anew(ground: Ground) -> None:
    error = {"code": "timeout", "title": "Too slow", "detail": "Too slow.", "attempts": 3}
    await ground.accept()
    await ground.finish(status="failed", result=None, error=error)
    assert await ground.bucket.count(ground.parts.redrive.redrive(ground.analysis_id)) == {
        "get dead-letters": 1,
        "put_new redrives": 1,
        "head deleted": 1,
        "head analyses": 1,
        "put_new pending": 1,
        "put dead-letters": 1,
    }
