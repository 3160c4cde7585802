"""The process dies after each single step of accept and of finish; what remains is made whole."""

import inspect
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from conftest import report, submission
from fakes import FakeAccounts, FakeBucket
from redis.asyncio import Redis
from sightline_contracts import events, ids

from result_service.models import Report, Submission
from result_service.settings import Settings
from result_service.stream import Stream, connect
from result_service.wiring import Wiring, assemble

ACCEPT = ["waits_since", "put_new pending", "request"]
FINISH = [
    "get pending", "put_new analyses", "put_new dead-letters", "put intents", "complete", "settle",
    "put_new webhooks", "delete pending",
]  # fmt: skip


class Died(BaseException):
    """No handler of the service's sees it, as none sees the end of its process."""


@dataclass
class Life:
    """What one process does, step by step; `last` is what it does last."""

    last: str | None = None
    done: list[str] = field(default_factory=list)
    dead: bool = False

    def of(self, part: Any) -> Any:
        return _Step(part, self)


class _Step:
    def __init__(self, part: Any, life: Life) -> None:
        self._part, self._life = part, life

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._part, name)
        return self._watched(name, method) if inspect.iscoroutinefunction(method) else method

    def _watched(self, name: str, method: Any) -> Any:
        async def step(*given: Any, **named: Any) -> Any:
            if self._life.dead:
                raise Died
            answer = await method(*given, **named)
            self._life.done.append(_named(name, given))
            if self._life.done[-1] == self._life.last:
                self._life.dead = True
                raise Died
            return answer

        return step


def _named(method: str, given: tuple[Any, ...]) -> str:
    """With the folder where it is about an object."""
    key = given[0][0] if given and isinstance(given[0], list) else given[0] if given else ""
    return f"{method} {key.partition('/')[0]}" if isinstance(key, str) and "/" in key else method


@dataclass
class Ground:
    """The stores, which outlive every process."""

    redis_url: str
    redis: Redis
    bucket: FakeBucket
    accounts: FakeAccounts
    user_id: str
    analysis_id: str
    opened: list[Stream] = field(default_factory=list)

    def process(self, life: Life | None = None) -> Wiring:
        life = life or Life()
        settings = Settings(sweep_interval_s=3600, sweep_grace_s=0)
        self.opened.append(connect(self.redis_url))
        return assemble(settings, *map(life.of, (self.bucket, self.opened[-1], self.accounts)))

    async def accept(self, life: Life | None = None) -> None:
        # Too long to be carried by the outcome, so that the intent has an object of its own.
        given = submission(kind="upload", image_url=None, metadata={"note": "x" * 1500})
        wanted = {**given, "webhook_url": "http://hook.test/"}
        accepted = Submission.model_validate(wanted)
        await self.process(life).analyses.accept(self.user_id, self.analysis_id, accepted)

    async def finish(self, life: Life | None = None) -> None:
        error = {"code": "timeout", "title": "Too slow", "detail": "Too slow.", "attempts": 3}
        given = report(self.analysis_id, status="failed", result=None, error=error)
        process = self.process(life)
        ended = Report.model_validate(given)
        await process.analyses.finish(self.user_id, self.analysis_id, ended)
        await process.completion.flush()

    async def sweep(self) -> None:
        for _ in range(2):  # the second finds nothing to do
            await self.process().sweeper.sweep()

    async def announced(self, stream: str) -> list[str]:
        entries = await self.redis.xrange(stream)
        return [json.loads(fields["event"])["subject"] for _, fields in entries]

    def objects(self) -> set[str]:
        return {key.partition("/")[0] for key in self.bucket.objects}


@pytest.fixture
async def ground(redis_url: str) -> AsyncIterator[Ground]:
    redis = Redis.from_url(redis_url, decode_responses=True)
    await redis.flushall()
    made = Ground(
        redis_url, redis, FakeBucket(), FakeAccounts(), ids.new_id("us"), ids.new_id("an")
    )
    await made.bucket.put(f"uploads/{made.user_id}/{made.analysis_id}", b"picture")
    yield made
    for stream in made.opened:
        await stream.close()
    await redis.aclose()


async def test_the_tables_name_every_step(ground: Ground) -> None:
    accept, finish = Life(), Life()
    await ground.accept(accept)
    await ground.finish(finish)
    assert accept.done == ACCEPT
    assert finish.done == FINISH


@pytest.mark.parametrize("last", ACCEPT)
async def test_accept_dies(ground: Ground, last: str) -> None:
    with pytest.raises(Died):
        await ground.accept(Life(last))
    written = "pending" in ground.objects()
    assert written == (last in ACCEPT[ACCEPT.index("put_new pending") :])
    await ground.sweep()
    # What was not written was not promised; what was written is queued, once.
    assert await ground.announced(events.REQUESTED) == [ground.analysis_id] * written
    await ground.accept()  # the client, who has heard nothing, sends it again
    assert await ground.announced(events.REQUESTED) == [ground.analysis_id]


@pytest.mark.parametrize("last", FINISH)
@pytest.mark.parametrize("first", ["sweeper", "worker"])
async def test_finish_dies(ground: Ground, last: str, first: str) -> None:
    await ground.accept()
    with pytest.raises(Died):
        await ground.finish(Life(last))
    # The worker has heard nothing: its message is still in the stream, and comes again.
    if first == "sweeper":
        await ground.redis.delete(events.REQUESTED, f"queued:{ground.analysis_id}")
        await ground.sweep()
    await ground.finish()
    await ground.redis.delete(events.REQUESTED)
    await ground.sweep()
    assert ground.objects() == {"uploads", "analyses", "intents", "dead-letters", "webhooks"}
    assert len(ground.bucket.objects) == len(ground.objects())
    assert list(ground.accounts.settled) == [ground.analysis_id]
    assert set(await ground.announced(events.COMPLETED)) == {ground.analysis_id}
    found = await ground.process().analyses.find(ground.user_id, ground.analysis_id)
    assert (found.status, found.attempts) == ("failed", 1)
