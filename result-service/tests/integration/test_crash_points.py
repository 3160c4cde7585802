"""The process dies after each single step of accept, finish, cancel and delete, or another one's whole
turn falls between two steps; what remains is made whole."""

import contextlib
import inspect
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from conftest import report, submission
from fakes import FakeAccounts, FakeBucket
from redis.asyncio import Redis
from sightline_contracts import events, ids

from result_service.accounts.removals import ONCE_MORE_S
from result_service.analyses.service import SLOW_MS
from result_service.deliveries.stream import Stream, connect
from result_service.errors import AlreadyFinished, Deleted, NoSuchAnalysis
from result_service.models.accounts import IdempotencyClaim
from result_service.models.analyses import Report, Submission
from result_service.settings import Settings
from result_service.sla import read_sla
from result_service.store import keys
from result_service.wiring import Adapters, Wiring, wire

ACCEPT = ["head deleted", "waits_since", "put_new pending", "request"]
FINISH = [
    "get pending",
    "put_new analyses",
    "head deleted",
    "put_new dead-letters",
    "put intents",
    "complete",
    "settle",
    "put_new webhooks",
    "delete pending",
]
CANCEL = [
    "get pending",
    "running",
    "put_new analyses",
    "head deleted",
    "put intents",
    "complete",
    "settle",
    "put_new webhooks",
    "delete pending",
]
DELETE = [
    "get pending",
    "put removals",
    "put deleted",
    "get pending",
    "put_new analyses",
    "put intents",
    "complete",
    "settle",
    "put_new webhooks",
    "delete pending",
    "tell",
    "delete pending",
    "delete analyses",
]

DIGEST = 64 * "0"


class Died(BaseException):
    """No handler of the service's sees it, as none sees the end of its process."""


@dataclass
class Life:
    """What one process does, step by step; after the step with the number `last` it dies, or
    `meanwhile` happens and it goes on."""

    last: int | None = None
    meanwhile: Callable[[], Awaitable[None]] | None = None
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
            if len(self._life.done) - 1 == self._life.last:
                if self._life.meanwhile is None:
                    self._life.dead = True
                    raise Died
                await self._life.meanwhile()
            return answer

        return step


def _named(method: str, given: tuple[Any, ...]) -> str:
    """With the folder where it is about an object."""
    key = next(iter(given), "")
    if isinstance(key, list):
        key = next(iter(key), "")
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
        outside = Adapters(
            bucket=life.of(self.bucket),
            stream=life.of(self.opened[-1]),
            accounts=life.of(self.accounts),
        )
        return wire(settings, outside, read_sla())

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

    async def cancel(self, life: Life | None = None) -> None:
        process = self.process(life)
        await process.analyses.cancel(self.user_id, self.analysis_id)
        await process.completion.flush()

    async def delete(self, life: Life | None = None) -> None:
        await self.process(life).analyses.delete(self.user_id, self.analysis_id)

    async def delete_account(self, life: Life | None = None) -> None:
        await self.bucket.put(keys.deletion(self.user_id), b"{}")
        await self.process(life).sweeper.sweep()

    async def sweep(self) -> None:
        """Twice, each time late enough to look once more for what was deleted."""
        for _ in range(2):
            for key in [key for key in self.bucket.objects if key.startswith(keys.REMOVALS)]:
                due = keys.removal(keys.removal_due(key) - ONCE_MORE_S)
                self.bucket.objects[due] = self.bucket.objects.pop(key)
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


def steps(table: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("last", range(len(table)), ids=_numbered(table))


def _numbered(table: list[str]) -> list[str]:
    return [f"{number}-{step.replace(' ', '-')}" for number, step in enumerate(table)]


async def test_the_tables_name_every_step(ground: Ground) -> None:
    accept, finish = Life(), Life()
    await ground.accept(accept)
    await ground.finish(finish)
    assert accept.done == ACCEPT
    assert finish.done == FINISH


async def test_the_table_of_cancel_names_every_step(ground: Ground) -> None:
    cancel = Life()
    await ground.accept()
    await ground.cancel(cancel)
    assert cancel.done == CANCEL


async def test_the_table_of_delete_names_every_step(ground: Ground) -> None:
    delete = Life()
    await ground.accept()
    await ground.delete(delete)
    assert delete.done == DELETE


@steps(ACCEPT)
async def test_accept_dies(ground: Ground, last: int) -> None:
    with pytest.raises(Died):
        await ground.accept(Life(last))
    written = "pending" in ground.objects()
    assert written == (last >= ACCEPT.index("put_new pending"))
    await ground.sweep()
    # What was not written was not promised; what was written is queued, once.
    assert await ground.announced(events.REQUESTED) == [ground.analysis_id] * written
    await ground.accept()  # the client, who has heard nothing, sends it again
    assert await ground.announced(events.REQUESTED) == [ground.analysis_id]


@steps(FINISH)
@pytest.mark.parametrize("first", ["sweeper", "worker"])
async def test_finish_dies(ground: Ground, last: int, first: str) -> None:
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
    found = await ground.process().lookup.find(ground.user_id, ground.analysis_id)
    assert (found.status, found.attempts) == ("failed", 1)


@steps(ACCEPT)
@pytest.mark.parametrize("took_ms", [0, SLOW_MS + 1])
async def test_a_repetition_and_a_delete_fall_between_two_steps_of_accept(
    ground: Ground, last: int, took_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request takes long, so that the client sends it again, and deletes what that made."""
    claim = IdempotencyClaim(fingerprint="f", analysis_id=ground.analysis_id)

    async def repeat_and_delete() -> None:
        await ground.accept()
        await ground.delete()
        later = time.time() + took_ms / 1000
        monkeypatch.setattr("result_service.analyses.service.time.time", lambda: later)

    idempotency_keys = ground.process().idempotency_keys
    await idempotency_keys.claim(ground.user_id, DIGEST, claim)
    with contextlib.suppress(Deleted):
        await ground.accept(Life(last, repeat_and_delete))
    monkeypatch.undo()
    assert took_ms == 0 or "pending" not in ground.objects()
    answer, is_new = await idempotency_keys.claim(ground.user_id, DIGEST, claim)
    assert (answer.deleted, is_new) == (True, False)
    await ground.bucket.delete([keys.idempotency(ground.user_id, DIGEST)])
    await ground.sweep()
    await check_deleted(ground)


@steps(CANCEL)
async def test_cancel_dies(ground: Ground, last: int) -> None:
    await ground.accept()
    with pytest.raises(Died):
        await ground.cancel(Life(last))
    canceled = last >= CANCEL.index("put_new analyses")
    await ground.finish()  # the worker knows nothing of it
    await ground.redis.delete(events.REQUESTED, f"queued:{ground.analysis_id}")
    await ground.sweep()
    found = await ground.process().lookup.find(ground.user_id, ground.analysis_id)
    assert found.status == ("canceled" if canceled else "failed")
    assert ground.accounts.settled[ground.analysis_id].status == found.status
    assert "pending" not in ground.objects()


@steps(DELETE)
@pytest.mark.parametrize("then", ["the client deletes again", "the sweeper goes on"])
async def test_delete_dies(ground: Ground, last: int, then: str) -> None:
    await ground.accept()
    with pytest.raises(Died):
        await ground.delete(Life(last))
    began = last >= DELETE.index("put removals")
    with contextlib.suppress(NoSuchAnalysis):
        await ground.finish()
    if then == "the client deletes again" or not began:
        with contextlib.suppress(NoSuchAnalysis):
            await ground.delete()
    await ground.redis.delete(events.REQUESTED, f"queued:{ground.analysis_id}")
    await ground.sweep()
    await check_deleted(ground)


async def check_deleted(ground: Ground) -> None:
    """Nothing is left but what says so, and it was billed once, as one thing."""
    assert ground.objects() - {"webhooks"} == {"deleted"}
    assert list(ground.accounts.settled) == [ground.analysis_id]
    assert (await ground.process().listing.page(ground.user_id, 20, None, None)).items == []
    for again in (ground.accept, ground.finish, ground.cancel, ground.delete):
        with pytest.raises(NoSuchAnalysis):
            await again()
    assert ground.objects() - {"webhooks"} == {"deleted"}


@steps(FINISH)
async def test_a_delete_falls_between_two_steps_of_finish(ground: Ground, last: int) -> None:
    await ground.accept()
    with contextlib.suppress(NoSuchAnalysis):
        await ground.finish(Life(last, ground.delete))
    await ground.sweep()
    await check_deleted(ground)


@steps(DELETE)
async def test_a_finish_falls_between_two_steps_of_delete(ground: Ground, last: int) -> None:
    await ground.accept()

    async def finish() -> None:
        with contextlib.suppress(NoSuchAnalysis):
            await ground.finish()

    await ground.delete(Life(last, finish))
    await ground.sweep()
    await check_deleted(ground)


@steps(FINISH)
async def test_a_cancel_falls_between_two_steps_of_finish(ground: Ground, last: int) -> None:
    await ground.accept()
    canceled = False

    async def cancel() -> None:
        nonlocal canceled
        with contextlib.suppress(AlreadyFinished):
            await ground.cancel()
            canceled = True

    await ground.finish(Life(last, cancel))
    await ground.sweep()
    found = await ground.process().lookup.find(ground.user_id, ground.analysis_id)
    assert canceled == (last < FINISH.index("put_new analyses"))
    assert found.status == ("canceled" if canceled else "failed")
    assert ground.accounts.settled[ground.analysis_id].status == found.status
    assert "pending" not in ground.objects()


@steps(CANCEL)
async def test_a_finish_falls_between_two_steps_of_cancel(ground: Ground, last: int) -> None:
    await ground.accept()
    try:
        await ground.cancel(Life(last, ground.finish))
        canceled = True
    except AlreadyFinished:
        canceled = False
    await ground.sweep()
    found = await ground.process().lookup.find(ground.user_id, ground.analysis_id)
    assert canceled == (last >= CANCEL.index("put_new analyses"))
    assert found.status == ("canceled" if canceled else "failed")


@steps(FINISH)
async def test_an_accounts_deletion_falls_between_two_steps_of_finish(
    ground: Ground, last: int
) -> None:
    await ground.accept()
    with contextlib.suppress(NoSuchAnalysis):
        await ground.finish(Life(last, ground.delete_account))
    await ground.sweep()
    assert ground.objects() <= {"webhooks"}  # its sending finds that there is nothing to send


@pytest.mark.parametrize("last", range(7))
async def test_a_finish_falls_between_two_steps_of_an_accounts_deletion(
    ground: Ground, last: int
) -> None:
    await ground.accept()
    finished = False

    async def finish() -> None:
        nonlocal finished
        finished = True
        with contextlib.suppress(NoSuchAnalysis):
            await ground.finish()

    await ground.delete_account(Life(last, finish))
    assert finished
    await ground.sweep()
    assert ground.objects() <= {"webhooks"}


@pytest.mark.parametrize("last", range(8))
async def test_an_accounts_deletion_dies(ground: Ground, last: int) -> None:
    await ground.accept()
    await ground.finish()
    with pytest.raises(Died):
        await ground.delete_account(Life(last))
    await ground.sweep()
    assert ground.objects() <= {"webhooks"}


async def test_who_dies_between_an_outcome_and_the_look_after_it_leaves_it_to_the_sweeper(
    ground: Ground,
) -> None:
    await ground.accept()
    finish = Life(FINISH.index("get pending"), ground.delete)

    async def die_after_the_write() -> None:
        await ground.delete()
        finish.meanwhile, finish.last = None, FINISH.index("put_new analyses")

    finish.meanwhile = die_after_the_write
    with pytest.raises(Died):
        await ground.finish(finish)
    assert "analyses" in ground.objects()
    await ground.sweep()
    await check_deleted(ground)
