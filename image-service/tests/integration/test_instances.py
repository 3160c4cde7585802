"""The pool of instances: limits, and as many of them as there is work."""

import asyncio
import contextlib
import math
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import encoded
from PIL import Image
from sightline_contracts.supervisor import Supervisor

from image_service.decode import PIXELS_AT_MOST
from image_service.errors import Broke
from image_service.function import Control, Function
from image_service.instances.answers import Analysed, NotAnalysed
from image_service.instances.pool import PICTURES_PER_INSTANCE, Instances, PoolSettings
from image_service.instances.server import GIVING_WAY, Instance
from image_service.results import Results

WITHIN_S = 1.0
TIMEOUT_S = 3.0
WRITTEN = Path(tempfile.gettempdir(), "poison")


@contextlib.asynccontextmanager
async def pool(**changes: Any) -> AsyncIterator[Instances]:
    given = {"cap": 2, "timeout_s": TIMEOUT_S, "memory_mb": 512, "idle_s": 60,
             "server_idle_s": 60, "function": "poison", **changes}  # fmt: skip
    function = Function(given.pop("memory_mb"), given.pop("timeout_s"), 3, 3600.0, (1.0,))
    settings = PoolSettings(queue="ordinary", models_dir=None, **given)
    instances = Instances(settings, Control(Results(""), function), Supervisor())
    await instances.open()
    try:
        yield instances
    finally:
        await instances.close()


@pytest.fixture
def coffee(pictures: Path) -> bytes:
    return (pictures / "coffee.png").read_bytes()


def members(group: int) -> list[int]:
    """Living processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if fields[0] != "Z" and int(fields[2]) == group:
                found.append(int(stat.parent.name))
    return found


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("poison", "code"),
    [("hang", "timeout"), ("loop", "timeout"), ("crash", "crashed"), ("memory", "out-of-memory"),
     ("fork-bomb", "internal"), ("fill-tmp", "internal"), ("fault", "internal")],
)  # fmt: skip
async def test_poison_ends_its_attempt_in_time_and_harms_nobody(
    coffee: bytes, poison: str, code: str
) -> None:
    async with pool(cap=1) as instances:
        (instance,) = instances._idle
        started = time.monotonic()
        with pytest.raises(Broke) as broke:
            await instances.run(coffee + b"#" + poison.encode(), ["hash"])
        assert time.monotonic() - started < TIMEOUT_S + WITHIN_S
        assert broke.value.code == code
        if code != "internal":
            await until(lambda: not members(instance.pid), WITHIN_S)
        assert isinstance((await instances.run(coffee, ["hash"])).answer, Analysed)
    assert not WRITTEN.exists() or WRITTEN.stat().st_size == 0  # noqa: ASYNC240


async def test_a_picture_that_takes_long_gives_way_to_the_others(coffee: bytes) -> None:
    async with pool(cap=1) as instances:
        (first,) = instances._idle
        looping = asyncio.create_task(instances.run(coffee + b"#loop", ["hash"]))
        await until(lambda: os.getpriority(os.PRIO_PROCESS, first.pid) == GIVING_WAY, TIMEOUT_S)
        with pytest.raises(Broke):
            await looping


async def test_an_instance_that_gave_way_is_replaced(
    coffee: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("image_service.instances.pool.GIVES_WAY_AFTER", 0)
    async with pool(cap=1) as instances:
        (first,) = instances._idle
        await instances.run(coffee, ["hash"])
        assert instances._idle == []
        await until(lambda: not members(first.pid), WITHIN_S)


async def test_an_instance_reaches_nothing_but_its_own_memory(coffee: bytes) -> None:
    """Of what a picture tries that has taken its instance over, the poison tells what worked."""
    async with pool(cap=1) as instances:
        ran = await instances.run(coffee + b"#reach-out", ["hash"])
    assert ran.answer == NotAnalysed("not-an-image", "thread")


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("GIF", "P")])
async def test_the_largest_pictures_fit_into_the_memory_of_an_instance(
    kind: str, mode: str
) -> None:
    """Pillow holds WebP and AVIF several times at once: those fit up to some 25 megapixels."""
    side = math.isqrt(PIXELS_AT_MOST)
    picture = encoded(Image.new(mode, (side, side)), kind)
    async with pool(cap=1, timeout_s=60) as instances:
        ran = await instances.run(picture, ["faces", "colors", "quality", "hash"])
    assert isinstance(ran.answer, Analysed)


async def test_the_largest_picture_fits_beside_the_sessions_that_read_text(
    pictures: Path,
) -> None:
    side = math.isqrt(PIXELS_AT_MOST)
    largest = encoded(Image.new("RGBA", (side, side)), "PNG")
    async with pool(cap=1, timeout_s=60, function="image_service.text_analysis") as instances:
        await instances.run((pictures / "page.png").read_bytes(), ["text"])
        ran = await instances.run(largest, ["text", "hash"])
        assert ran.init_ms == 0
    assert isinstance(ran.answer, Analysed)


async def test_one_lonely_picture_starts_one_instance(coffee: bytes) -> None:
    async with pool(cap=4, idle_s=0.1) as instances:
        await until(lambda: instances.live == {"warm": 0, "busy": 0})
        ran = await instances.run(coffee, ["hash"])
        assert ran.init_ms > 0
        assert instances.live == {"warm": 1, "busy": 0}


async def test_there_are_never_more_than_the_cap_and_the_warm_ones_serve(coffee: bytes) -> None:
    async with pool(cap=2) as instances:
        most = 0

        async def one() -> float:
            nonlocal most
            ran = await instances.run(coffee, ["hash"])
            most = max(most, sum(instances.live.values()))
            return ran.init_ms

        starts = [init for init in await asyncio.gather(*(one() for _ in range(12))) if init]
        assert most == 2
        assert len(starts) == 2


async def test_a_busy_instance_is_not_ended_by_being_old(coffee: bytes) -> None:
    async with pool(cap=1, idle_s=0.05, timeout_s=30) as instances:
        running = asyncio.create_task(instances.run(coffee + b"#hang", ["hash"]))
        await until(lambda: bool(instances._busy))
        (pid,) = instances._busy
        await asyncio.sleep(1)  # several looks of the pool
        assert list(instances._busy) == [pid]
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


async def test_a_picture_may_take_an_idle_instance_while_others_end(
    coffee: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with pool(cap=2) as instances:
        await asyncio.gather(*(instances.run(coffee, ["hash"]) for _ in range(2)))
        first, second = instances._idle
        ended, end = [], instances._server.end

        async def taken_meanwhile(instance: Instance) -> int | None:
            if instance is first:
                instances._idle.remove(second)
            status = await end(instance)
            ended.append(instance)
            return status

        monkeypatch.setattr(instances._server, "end", taken_meanwhile)
        first.idle_since = second.idle_since = float("-inf")
        await until(lambda: first in ended)
        assert await instances._supervisor.check() is None
        assert second not in ended
        instances._idle.append(second)  # it comes back, and is as old as before
        await until(lambda: second in ended)
        assert await instances._supervisor.check() is None


async def test_it_goes_to_zero_by_two_steps_and_comes_back_from_both(coffee: bytes) -> None:
    async with pool(idle_s=0.1, server_idle_s=2.0) as instances:
        server = instances._server
        await until(lambda: instances.live["warm"] == 0)
        assert server.running
        warm_server = await instances.run(coffee, ["hash"])
        await until(lambda: not server.running)
        nothing = await instances.run(coffee, ["hash"])
    assert 0 < warm_server.init_ms < nothing.init_ms


async def test_an_instance_is_replaced_after_so_many_pictures(
    coffee: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("image_service.instances.pool.PICTURES_PER_INSTANCE", 3)
    assert PICTURES_PER_INSTANCE > 3
    async with pool(cap=1) as instances:
        starts = [(await instances.run(coffee, ["hash"])).init_ms for _ in range(7)]
    assert [bool(one) for one in starts] == [True, False, False, True, False, False, True]


async def test_a_model_runs_within_the_limits_of_an_instance(coffee: bytes) -> None:
    """Confined, and with its session made on the way: the instance is the same one afterwards."""
    async with pool(cap=1, function="image_service.analysis", timeout_s=20) as instances:
        (first,) = instances._idle
        ran = await instances.run(coffee, ["moderation"])
        assert isinstance(ran.answer, Analysed)
        assert ran.answer.parts["moderation"][0]["confidence"] < 0.2
        assert instances._idle == [first]
        assert ran.max_memory_mb < first.memory_mb / 2


async def test_an_instance_near_its_memory_limit_is_replaced(
    coffee: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("image_service.instances.pool.MEMORY_SHARE", 0.01)
    async with pool(cap=1) as instances:
        starts = [(await instances.run(coffee, ["hash"])).init_ms for _ in range(3)]
    assert all(starts)


async def test_an_instance_does_not_know_where_our_stores_are(
    coffee: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://secret")
    async with pool() as instances:
        answer = (await instances.run(coffee + b"#environment", ["hash"])).answer
    assert isinstance(answer, NotAnalysed)
    assert "REDIS_URL" not in answer.detail.split(",")
    assert "PATH" in answer.detail.split(",")


async def test_another_memory_limit_holds_for_the_next_picture(coffee: bytes) -> None:
    async with pool(cap=1) as instances:
        before = instances._idle[0].pid
        instances._control.now = replace(instances._control.now, memory_mb=300)
        assert (await instances.run(coffee, ["hash"])).init_ms > 0
        (instance,) = instances._idle
        assert (instance.memory_mb, instance.pid != before) == (300, True)


async def test_a_caller_that_gives_up_takes_the_instance_along(coffee: bytes) -> None:
    async with pool(cap=1, timeout_s=30) as instances:
        running = asyncio.create_task(instances.run(coffee + b"#hang", ["hash"]))
        await until(lambda: bool(instances._busy))
        (pid,) = instances._busy
        await asyncio.sleep(0.1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await until(lambda: not members(pid), WITHIN_S)
        assert instances.live == {"warm": 0, "busy": 0}
        assert isinstance((await instances.run(coffee, ["hash"])).answer, Analysed)


async def test_a_fork_server_that_dies_is_replaced(coffee: bytes) -> None:
    async with pool(cap=2) as instances:
        process = instances._server._process
        assert process is not None
        process.kill()
        await process.wait()
        answers = await asyncio.gather(*(instances.run(coffee, ["hash"]) for _ in range(4)))
    assert all(isinstance(ran.answer, Analysed) for ran in answers)


async def test_closing_leaves_no_process(coffee: bytes) -> None:
    async with pool(timeout_s=30) as instances:
        running = asyncio.create_task(instances.run(coffee + b"#hang", ["hash"]))
        await until(lambda: any(members(pid) for pid in instances._busy))
        groups = [*instances._busy, instances._server._process.pid]  # type: ignore[union-attr]
    with contextlib.suppress(Broke):
        await running
    await until(lambda: not any(members(group) for group in groups))
