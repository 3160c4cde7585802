"""Who is asked, how often and when no more: known to all workers, since Redis keeps it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from image_service.engines.port import Busy, Rejected, Unavailable, Unwilling, VendorResult
from image_service.engines.vendor_limits import VendorLimits
from image_service.engines.vendors import NotConfigured, Vendors
from image_service.errors import SystemTrouble

FOUND = VendorResult([{"name": "train"}], "model", "1", {"raw": True})
Said = VendorResult | Exception


@dataclass
class Scripted:
    """A vendor that says what a test has it say; the last thing for ever."""

    says: list[Said] = field(default_factory=lambda: [FOUND])
    name: str = "clarifai"
    operations: frozenset[str] = frozenset({"faces", "labels"})
    calls_per_second: float | None = None
    takes_s: float = 0.0
    asked: list[str] = field(default_factory=list)

    async def open(self) -> None: ...

    async def close(self) -> None: ...

    async def find(self, operation: str, _picture: bytes) -> VendorResult:
        self.asked.append(operation)
        await asyncio.sleep(self.takes_s)
        said = self.says[0] if len(self.says) == 1 else self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_url)
    await client.flushall()
    yield client
    await client.aclose()


def worker(url: str, engine: Scripted, timeout_s: float = 5.0, **order: tuple[str, ...]) -> Vendors:
    return Vendors([engine], order, VendorLimits(url), timeout_s)


async def test_a_failure_is_tried_once_more_and_then_left_alone_by_every_worker(
    redis: Redis, redis_url: str
) -> None:
    engine = Scripted([Unavailable("It answers 500.", 60)])
    one, other = worker(redis_url, engine), worker(redis_url, engine)
    with pytest.raises(Unavailable):
        await one.ask("clarifai", "faces", b"")
    assert len(engine.asked) == 2
    for vendors in (one, other):
        with pytest.raises(Unavailable, match="It answers 500"):
            await vendors.ask("clarifai", "labels", b"")
    assert len(engine.asked) == 2
    assert await other.off() == {"clarifai": {"*": "It answers 500."}}
    await one.close()
    await other.close()


async def test_it_is_asked_again_when_its_time_is_up(redis: Redis, redis_url: str) -> None:
    engine = Scripted([Unavailable("no", 60, throttled=True), FOUND])
    vendors = worker(redis_url, engine)
    with pytest.raises(Unavailable):
        await vendors.ask("clarifai", "faces", b"")
    assert 0 < await redis.pttl("engines:clarifai:off") <= 60_000
    await redis.delete("engines:clarifai:off")
    assert await vendors.ask("clarifai", "faces", b"") == FOUND
    assert await vendors.off() == {"clarifai": {}}
    await vendors.close()


async def test_a_model_that_will_not_do_stops_its_operation_alone(
    redis: Redis, redis_url: str
) -> None:
    engine = Scripted([Unwilling("It answers 21200.", operation_alone=True), FOUND])
    vendors = worker(redis_url, engine)
    with pytest.raises(Unwilling):
        await vendors.ask("clarifai", "faces", b"")
    assert await vendors.ask("clarifai", "labels", b"") == FOUND
    with pytest.raises(Unwilling, match="21200"):
        await vendors.ask("clarifai", "faces", b"")
    assert len(engine.asked) == 2
    assert await vendors.off() == {"clarifai": {"faces": "It answers 21200."}}
    await vendors.close()


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ([Unavailable("a", 5), FOUND], 2),
        ([Rejected("a", ask_again=True), FOUND], 2),
        ([Rejected("a")], 1),
        ([Unwilling("a")], 1),
        ([Unavailable("a", 5, throttled=True)], 1),
        ([Rejected("a", ask_again=True)], 2),
    ],
)
async def test_what_is_worth_a_further_try(
    redis: Redis, redis_url: str, said: list[Said], asked: int
) -> None:
    engine = Scripted(list(said))
    vendors = worker(redis_url, engine)
    last = said[-1]
    if isinstance(last, Exception):
        with pytest.raises(type(last)):
            await vendors.ask("clarifai", "faces", b"")
    else:
        assert await vendors.ask("clarifai", "faces", b"") == FOUND
    assert len(engine.asked) == asked
    await vendors.close()


async def test_a_picture_that_is_rejected_says_nothing_of_the_vendor(
    redis: Redis, redis_url: str
) -> None:
    vendors = worker(redis_url, Scripted([Rejected("no"), FOUND]))
    with pytest.raises(Rejected):
        await vendors.ask("clarifai", "faces", b"")
    assert await vendors.ask("clarifai", "faces", b"") == FOUND
    await vendors.close()


async def test_one_that_is_too_slow_is_given_up(redis: Redis, redis_url: str) -> None:
    vendors = worker(redis_url, Scripted(takes_s=60), timeout_s=0.2)
    with pytest.raises(Unavailable, match="slow"):
        await vendors.ask("clarifai", "faces", b"")
    assert (await vendors.off())["clarifai"]["*"] == "It is too slow."
    await vendors.close()


async def test_the_turns_of_all_workers_are_a_fifteenth_of_a_second_apart(
    redis: Redis, redis_url: str
) -> None:
    workers = [VendorLimits(redis_url) for _ in range(3)]
    turns = []
    for number in range(24):
        assert await workers[number % 3].turn("clarifai", 15.0, 2.0) is not None
        turns.append(float(await redis.get("engines:clarifai:turn")))
    assert all(later - turn >= 1 / 15 - 1e-5 for turn, later in itertools.pairwise(turns))
    for one in workers:
        await one.close()


async def test_a_turn_that_is_too_far_away_is_not_waited_for(redis: Redis, redis_url: str) -> None:
    engine = Scripted(calls_per_second=15.0)
    vendors = worker(redis_url, engine)
    asked = [vendors.ask("clarifai", "faces", b"") for _ in range(60)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    busy = [one for one in found if isinstance(one, Busy)]
    assert 0 < len(busy) < 35
    assert len(engine.asked) == 60 - len(busy)
    assert await vendors.off() == {"clarifai": {}}  # it is not the vendor's fault
    await vendors.close()


async def test_without_redis_the_analysis_waits() -> None:
    engine = Scripted()
    vendors = worker("redis://127.0.0.1:1/0", engine)
    with pytest.raises(SystemTrouble):
        await vendors.ask("clarifai", "faces", b"")
    assert engine.asked == []
    await vendors.close()


def test_who_does_it() -> None:
    vendors = worker("redis://127.0.0.1:1/0", Scripted(), faces=("clarifai", "local"))
    assert vendors.plan("auto", "faces") == ("clarifai", "local")
    assert vendors.plan("auto", "labels") == ("local",)
    assert vendors.plan("local", "faces") == ("local",)
    assert vendors.plan("clarifai", "labels") == ("clarifai", "local")
    assert vendors.plan("clarifai", "hash") == ("local",)
    with pytest.raises(NotConfigured):
        vendors.plan("rekognition", "faces")


@pytest.mark.parametrize(
    "order", [{"faces": ("rekognition", "local")}, {"hash": ("clarifai",)}], ids=str
)
def test_an_order_that_cannot_be_followed_is_said_at_the_start(
    order: dict[str, tuple[str, ...]],
) -> None:
    with pytest.raises(ValueError, match="ENGINE_ORDER"):
        worker("redis://127.0.0.1:1/0", Scripted(), **order)


async def test_calls_are_counted_by_how_they_ended(redis: Redis, redis_url: str) -> None:
    labels = {"engine": "clarifai", "operation": "labels", "outcome": "found"}
    before = REGISTRY.get_sample_value("engine_calls_total", labels) or 0.0
    vendors = worker(redis_url, Scripted())
    await vendors.ask("clarifai", "labels", b"")
    assert REGISTRY.get_sample_value("engine_calls_total", labels) == before + 1
    await vendors.close()
