"""The pool of instances: limits, and as many of them as there is work."""

import asyncio
import contextlib
import math
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import PIXELS_AT_MOST, encoded, until
from PIL import Image
from pools import TIMEOUT_S, USER, pool

from image_service.errors import Broke
from image_service.instances.answers import Analysed, NotAnalysed
from image_service.instances.pool import PICTURES_PER_INSTANCE
from image_service.instances.server import GIVING_WAY, Instance

WITHIN_S = 1.0
WRITTEN = Path(tempfile.gettempdir(), "poison")


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


@pytest.mark.parametrize(
    ("poison", "code"),
    [
        ("hang", "timeout"),
        ("loop", "timeout"),
        ("crash", "crashed"),
        ("memory", "out-of-memory"),
        ("fork-bomb", "internal"),
        ("fill-tmp", "internal"),
        ("fault", "internal"),
    ],
)
async def test_poison_ends_its_attempt_in_time_and_harms_nobody(
    coffee: bytes, poison: str, code: str
) -> None:
    async with pool(cap=1) as instances:
        (instance,) = instances._idle
        started = time.monotonic()
        with pytest.raises(Broke) as broke:
            await instances.run(coffee + b"#" + poison.encode(), ["hash"], USER)
        assert time.monotonic() - started < TIMEOUT_S + WITHIN_S
        assert broke.value.code == code
        if code != "internal":
            await until(lambda: not members(instance.pid), WITHIN_S)
        assert isinstance((await instances.run(coffee, ["hash"], USER)).answer, Analysed)
    assert not WRITTEN.exists() or WRITTEN.stat().st_size == 0  # noqa: ASYNC240


async def test_a_picture_that_takes_long_gives_way_to_the_others(coffee: bytes) -> None:
    async with pool(cap=1) as instances:
        (first,) = instances._idle
        looping = asyncio.create_task(instances.run(coffee + b"#loop", ["hash"], USER))
        await until(lambda: os.getpriority(os.PRIO_PROCESS, first.pid) == GIVING_WAY, TIMEOUT_S)
        with pytest.raises(Broke):
            await looping


async def test_an_instance_that_gave_way_is_replaced(
    coffee: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("image_service.instances.pool.GIVES_WAY_AFTER", 0)
    async with pool(cap=1) as instances:
        (first,) = instances._idle
        await instances.run(coffee, ["hash"], USER)
        assert instances._idle == []
        await until(lambda: not members(first.pid), WITHIN_S)


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("GIF", "P")])
async def test_the_largest_pictures_fit_into_the_memory_of_an_instance(
    kind: str, mode: str
) -> None:
    """Pillow holds WebP and AVIF several times at once: those fit up to some 25 megapixels."""
    side = math.isqrt(PIXELS_AT_MOST)
    picture = encoded(Image.new(mode, (side, side)), kind)
    async with pool(cap=1, timeout_s=60) as instances:
        ran = await instances.run(picture, ["faces", "colors", "quality", "hash"], USER)
    assert isinstance(ran.answer, Analysed)


async def test_the_largest_picture_fits_beside_the_sessions_that_read_text(
    pictures: Path,
) -> None:
    side = math.isqrt(PIXELS_AT_MOST)
    largest = encoded(Image.new("RGBA", (side, side)), "PNG")
    async with pool(
        cap=1, timeout_s=60, function="image_service.local_engine.text_analysis"
    ) as instances:
        await instances.run((pictures / "page.png").read_bytes(), ["text"], USER)
        ran = await instances.run(largest, ["text", "hash"], USER)
        assert ran.init_ms == 0
    assert isinstance(ran.answer, Analysed)


async def test_one_lonely_picture_starts_one_instance(coffee: bytes) -> None:
    async with pool(cap=4, idle_s=0.1) as instances:
        await until(lambda: instances.live == {"warm": 0, "busy": 0})
        ran = await instances.run(coffee, ["hash"], USER)
        assert ran.init_ms > 0
        assert instances.live == {"warm": 1, "busy": 0}


async def test_there_are_never_more_than_the_cap_and_the_warm_ones_serve(coffee: bytes) -> None:
    async with pool(cap=2) as instances:
        most = 0

        async def one() -> float:
            nonlocal most
            ran = await instances.run(coffee, ["hash"], USER)
            most = max(most, sum(instances.live.values()))
            return ran.init_ms

        starts = [init for init in await asyncio.gather(*(one() for _ in range(12))) if init]
        assert most == 2
        assert len(starts) == 2


async def test_a_busy_instance_is_not_ended_by_being_old(coffee: bytes) -> None:
    async with pool(cap=1, idle_s=0.05, timeout_s=30) as instances:
        running = asyncio.create_task(instances.run(coffee + b"#hang", ["hash"], USER))
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
        await asyncio.gather(*(instances.run(coffee, ["hash"], USER) for _ in range(2)))
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
        warm_server = await instances.run(coffee, ["hash"], USER)
        await until(lambda: not server.running)
        nothing = await instances.run(coffee, ["hash"], USER)
    assert 0 < warm_server.init_ms < nothing.init_ms


async def test_an_instance_is_replaced_after_so_many_pictures(
    coffee: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("image_service.instances.pool.PICTURES_PER_INSTANCE", 3)
    assert PICTURES_PER_INSTANCE > 3
    async with pool(cap=1) as instances:
        starts = [(await instances.run(coffee, ["hash"], USER)).init_ms for _ in range(7)]
    assert [bool(one) for one in starts] == [True, False, False, True, False, False, True]


async def test_a_model_runs_within_the_limits_of_an_instance(coffee: bytes) -> None:
    """In an instance that has made its session before it was confined, and keeps it."""
    async with pool(
        cap=1, function="image_service.local_engine.analysis", timeout_s=20
    ) as instances:
        for starts in (True, False):
            ran = await instances.run(coffee, ["moderation"], USER)
            assert bool(ran.init_ms) == starts
            assert isinstance(ran.answer, Analysed)
            assert ran.answer.parts["moderation"][0]["confidence"] < 0.2
        (instance,) = instances._idle
        assert ran.max_memory_mb < instance.memory_mb / 2


async def test_what_an_instance_could_do_its_successor_can_as_well(coffee: bytes) -> None:
    """Who asks for one model and then another does not pay for both each time."""
    async with pool(
        cap=1, function="image_service.local_engine.analysis", timeout_s=20
    ) as instances:
        starts = [
            (await instances.run(coffee, [operation], USER)).init_ms
            for operation in ("moderation", "labels", "moderation", "labels", "hash")
        ]
    assert [bool(one) for one in starts] == [True, True, False, False, False]


async def test_an_instance_near_its_memory_limit_is_replaced(
    coffee: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("image_service.instances.pool.MEMORY_SHARE", 0.01)
    async with pool(cap=1) as instances:
        starts = [(await instances.run(coffee, ["hash"], USER)).init_ms for _ in range(3)]
    assert all(starts)


async def test_an_instance_does_not_know_where_our_stores_are(
    coffee: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://secret")
    async with pool() as instances:
        answer = (await instances.run(coffee + b"#environment", ["hash"], USER)).answer
    assert isinstance(answer, NotAnalysed)
    assert "REDIS_URL" not in answer.detail.split(",")
    assert "PATH" in answer.detail.split(",")


async def test_another_memory_limit_holds_for_the_next_picture(coffee: bytes) -> None:
    async with pool(cap=1) as instances:
        before = instances._idle[0].pid
        instances._control.now = replace(instances._control.now, memory_mb=300)
        assert (await instances.run(coffee, ["hash"], USER)).init_ms > 0
        (instance,) = instances._idle
        assert (instance.memory_mb, instance.pid != before) == (300, True)


async def test_a_caller_that_gives_up_takes_the_instance_along(coffee: bytes) -> None:
    async with pool(cap=1, timeout_s=30) as instances:
        running = asyncio.create_task(instances.run(coffee + b"#hang", ["hash"], USER))
        await until(lambda: bool(instances._busy))
        (pid,) = instances._busy
        await asyncio.sleep(0.1)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await until(lambda: not members(pid), WITHIN_S)
        assert instances.live == {"warm": 0, "busy": 0}
        assert isinstance((await instances.run(coffee, ["hash"], USER)).answer, Analysed)


async def test_a_fork_server_that_dies_is_replaced(coffee: bytes) -> None:
    async with pool(cap=2) as instances:
        process = instances._server._process
        assert process is not None
        process.kill()
        await process.wait()
        answers = await asyncio.gather(*(instances.run(coffee, ["hash"], USER) for _ in range(4)))
    assert all(isinstance(ran.answer, Analysed) for ran in answers)


async def test_closing_leaves_no_process(coffee: bytes) -> None:
    async with pool(timeout_s=30) as instances:
        running = asyncio.create_task(instances.run(coffee + b"#hang", ["hash"], USER))
        await until(lambda: any(members(pid) for pid in instances._busy))
        groups = [*instances._busy, instances._server._process.pid]  # type: ignore[union-attr]
    with contextlib.suppress(Broke):
        await running
    await until(lambda: not any(members(group) for group in groups))


async def test_no_instance_sees_pictures_of_two_users(coffee: bytes) -> None:
    """The poison remembers whatever was sent to its instance."""
    async with pool(cap=2) as instances:
        for user in ("us_1", "us_2", "us_3", "us_1", "us_3", "us_2"):
            ran = await instances.run(coffee + f"#remember-{user}".encode(), ["hash"], user)
            assert isinstance(ran.answer, NotAnalysed)
            assert set(ran.answer.detail.split(",")) == {f"remember-{user}"}


async def test_users_at_the_same_moment_have_instances_of_their_own(coffee: bytes) -> None:
    async with pool(cap=2, timeout_s=20) as instances:
        users = [f"us_{number % 3}" for number in range(18)]
        answers = await asyncio.gather(
            *(
                instances.run(coffee + f"#remember-{user}".encode(), ["hash"], user)
                for user in users
            )
        )
        assert sum(instances.live.values()) <= 2
    for user, ran in zip(users, answers, strict=True):
        assert isinstance(ran.answer, NotAnalysed)
        assert set(ran.answer.detail.split(",")) == {f"remember-{user}"}


async def test_a_user_comes_back_to_an_instance_that_is_warm(coffee: bytes) -> None:
    async with pool(cap=2) as instances:
        starts = [
            (await instances.run(coffee, ["hash"], user)).init_ms
            for user in ("us_1", "us_2", "us_1", "us_2", "us_1")
        ]
    assert [bool(one) for one in starts] == [True, True, False, False, False]


async def test_who_waited_longest_makes_room_for_somebody_else(coffee: bytes) -> None:
    async with pool(cap=2) as instances:
        for user in ("us_1", "us_2", "us_1", "us_3"):
            await instances.run(coffee, ["hash"], user)
            assert sum(instances.live.values()) <= 2
        assert {one.user_id for one in instances._idle} == {"us_1", "us_3"}


async def test_one_that_nobody_had_is_taken_before_another_is_made(coffee: bytes) -> None:
    async with pool(cap=2) as instances:
        (first,) = instances._idle
        await instances.run(coffee, ["hash"], "us_1")
        assert instances._idle == [first]
        assert instances.cold_starts == 1


async def test_a_result_of_a_full_page_comes_back(coffee: bytes) -> None:
    async with pool(cap=1) as instances:
        answer = (await instances.run(coffee + b"#large", ["hash"], USER)).answer
        assert isinstance(answer, Analysed)
        assert len(answer.parts["text"]) > 3_000_000


async def test_a_result_that_is_too_large_is_refused_by_that_name(coffee: bytes) -> None:
    async with pool(cap=1) as instances:
        answer = (await instances.run(coffee + b"#too-large", ["hash"], USER)).answer
        assert isinstance(answer, NotAnalysed)
        assert answer.code == "result-too-large"
        assert isinstance((await instances.run(coffee, ["hash"], USER)).answer, Analysed)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"parts": {}},
        {"refused": {}},
        {"refused": {"code": "x", "detail": ""}},
        {"parts": 7, "run_ms": 1, "init_ms": 1, "max_memory_mb": 1},
    ],
)
async def test_an_answer_that_cannot_be_read_ends_its_instance(
    coffee: bytes, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    async def lies(*_given: object) -> tuple[dict[str, Any], bytes]:
        return answer, b""

    async with pool(cap=1) as instances:
        (first,) = instances._idle
        monkeypatch.setattr(first, "ask", lies)
        with pytest.raises(Broke) as broke:
            await instances.run(coffee, ["hash"], USER)
        assert broke.value.code == "crashed"
        assert instances._idle == []
