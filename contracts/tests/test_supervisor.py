"""A background loop never ends silently."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from sightline_contracts import health, problems, supervisor
from sightline_contracts.health import Unfit
from sightline_contracts.supervisor import FAILURES_AT_MOST, Loop, Supervisor


class Clock:
    """Time that passes only when somebody waits; `pauses` are the waits before a restart."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(supervisor, "time", found)
    kept = SimpleNamespace(create_task=asyncio.create_task, sleep=found.sleep)
    monkeypatch.setattr(supervisor, "asyncio", kept)
    return found


class Flaky:
    """A loop that fails so many times, then runs on."""

    def __init__(self, failures: int) -> None:
        self.left = failures
        self.starts = 0
        self.running = asyncio.Event()

    async def run(self) -> None:
        self.starts += 1
        if self.left:
            self.left -= 1
            raise ValueError("an instance was taken")
        self.running.set()
        await asyncio.Event().wait()


@pytest.fixture
async def started() -> AsyncIterator[Callable[[Flaky], tuple[Supervisor, Loop]]]:
    loops: list[Loop] = []

    def start(flaky: Flaky) -> tuple[Supervisor, Loop]:
        supervised = Supervisor()
        loops.append(supervised.start("scale-down", flaky.run))
        return supervised, loops[-1]

    yield start
    for loop in loops:
        await loop.stop()


Start = Callable[[Flaky], tuple[Supervisor, Loop]]


async def test_a_loop_that_runs_is_well(started: Start) -> None:
    flaky = Flaky(0)
    supervised, _ = started(flaky)
    await flaky.running.wait()
    assert await supervised.check() is None


@pytest.mark.usefixtures("clock")
async def test_a_loop_that_fails_is_started_again_logged_and_counted(started: Start) -> None:
    before = _failures()
    with capture_logs() as logged:
        flaky = Flaky(1)
        started(flaky)
        await flaky.running.wait()
    assert flaky.starts == 2
    assert _failures() == before + 1
    assert [one["loop"] for one in logged if one["event"] == "loop_failed"] == ["scale-down"]
    assert [one["error"] for one in logged if one["event"] == "loop_restarts"] == ["ValueError"]


async def test_it_is_named_as_degraded_until_it_has_run_for_a_while(
    started: Start, clock: Clock
) -> None:
    flaky = Flaky(1)
    supervised, _ = started(flaky)
    await flaky.running.wait()
    assert await supervised.check() == "scale-down failed and restarts"
    clock.now += supervisor.HEALTHY_S + 1
    assert await supervised.check() is None


async def test_pauses_double_and_are_bounded(started: Start, clock: Clock) -> None:
    flaky = Flaky(FAILURES_AT_MOST + 2)
    started(flaky)
    await flaky.running.wait()
    assert clock.pauses == [0.1, 0.2, 0.4, 0.8, 30.0, 30.0, 30.0]


@pytest.mark.usefixtures("clock")
async def test_one_that_fails_again_and_again_makes_the_service_unready(started: Start) -> None:
    flaky = Flaky(FAILURES_AT_MOST)
    supervised, _ = started(flaky)
    await flaky.running.wait()
    with pytest.raises(Unfit, match=f"scale-down failed {FAILURES_AT_MOST} times in a row"):
        await supervised.check()


@pytest.mark.usefixtures("clock")
async def test_one_failure_fewer_is_no_reason_to_leave(started: Start) -> None:
    flaky = Flaky(FAILURES_AT_MOST - 1)
    supervised, _ = started(flaky)
    await flaky.running.wait()
    assert await supervised.check() == f"scale-down failed {FAILURES_AT_MOST - 1} times in a row"


async def test_one_that_comes_back_makes_the_service_ready_again(
    started: Start, clock: Clock
) -> None:
    flaky = Flaky(FAILURES_AT_MOST)
    supervised, _ = started(flaky)
    await flaky.running.wait()
    clock.now += supervisor.HEALTHY_S + 1
    assert await supervised.check() is None


async def test_failures_with_healthy_spells_between_them_do_not_add_up(
    started: Start, clock: Clock
) -> None:
    starts, done = 0, asyncio.Event()

    async def fails_after_a_while() -> None:
        nonlocal starts
        starts += 1
        if starts > FAILURES_AT_MOST + 1:
            clock.now += supervisor.HEALTHY_S + 1
            done.set()
            await asyncio.Event().wait()
        clock.now += supervisor.HEALTHY_S + 1
        raise KeyError

    flaky = Flaky(0)
    flaky.run = fails_after_a_while  # type: ignore[method-assign]
    supervised, _ = started(flaky)
    await done.wait()
    assert await supervised.check() is None
    assert set(clock.pauses) == {0.1}


@pytest.mark.usefixtures("clock")
async def test_a_loop_that_returns_has_failed(started: Start) -> None:
    starts, done = 0, asyncio.Event()

    async def returns() -> None:
        nonlocal starts
        starts += 1
        if starts > 1:
            done.set()
            await asyncio.Event().wait()

    flaky = Flaky(0)
    flaky.run = returns  # type: ignore[method-assign]
    supervised, _ = started(flaky)
    await done.wait()
    assert await supervised.check() == "scale-down failed and restarts"


async def test_a_loop_that_is_stopped_is_not_started_again(started: Start) -> None:
    starts, running = 0, asyncio.Event()

    async def swallows() -> None:
        nonlocal starts
        starts += 1
        running.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise ConnectionError("what redis-py makes of a cancel") from error

    before = _failures()
    flaky = Flaky(0)
    flaky.run = swallows  # type: ignore[method-assign]
    _, loop = started(flaky)
    await running.wait()
    await loop.stop()
    assert starts == 1
    assert _failures() == before


async def test_readyz_says_which_loop_it_is() -> None:
    async def unfit() -> None:
        raise Unfit("sweeper failed 5 times in a row")

    app = FastAPI()
    problems.install(app)
    app.include_router(health.routes("x", "1", "c", {"loops": unfit}))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"loops": "sweeper failed 5 times in a row"}


def _failures() -> float:
    return REGISTRY.get_sample_value("loop_failures_total", {"loop": "scale-down"}) or 0.0
