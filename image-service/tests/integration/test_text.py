"""Text on a real queue: it has its own, and takes nothing that other work needs."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from conftest import LEASE_S, Queue, metric, until
from sightline_contracts import ids, work_queue
from sightline_contracts.work_queue import GROUP, ORDINARY, TEXT

from image_service.app import create_app
from image_service.queue.message import parse
from image_service.queue.work_stream import WorkStream

READ = "Region-based segmentation"


@pytest.fixture
def page(pictures: Path) -> bytes:
    return (pictures / "page.png").read_bytes()


async def test_typical_journey(queue: Queue, page: bytes, coffee: bytes) -> None:
    both = {"kind": "upload", "image_url": None, "operations": ["text", "hash"], "engine": "auto"}
    accepted = await queue.add(page, input=both)
    other = await queue.add(coffee)
    async with queue.worker():
        outcome = await queue.results.outcome(accepted)
        assert (await queue.results.outcome(other))["result"]["text"] == []
        await queue.until_empty()
    assert (outcome["status"], outcome["error"]) == ("succeeded", None)
    assert READ in [line["text"] for line in outcome["result"]["text"]]
    assert outcome["result"]["hash"] is not None
    assert [one["operation"] for one in outcome["result"]["engines"]] == ["text", "hash"]
    assert outcome["attempts"][0]["max_memory_mb"] < outcome["metering"]["memory_mb"]
    for each in work_queue.QUEUES:
        assert await queue.redis.xinfo_consumers(each.stream, GROUP) == []


async def test_nothing_is_started_for_text_before_somebody_asks_for_it(
    queue: Queue, coffee: bytes, page: bytes
) -> None:
    async with queue.worker() as wiring:
        await queue.results.outcome(await queue.add(coffee))
        assert wiring.text.instances.cold_starts == 0
        await queue.results.outcome(await queue.add_text(page))
        assert wiring.text.instances.cold_starts == 1


async def test_text_that_runs_long_holds_nothing_else_up(queue: Queue, coffee: bytes) -> None:
    slow = [await queue.add_text(coffee + b"#hang") for _ in range(3)]
    async with queue.worker(text_function="poison", drain_s=0) as wiring:
        await until(lambda: wiring.text.instances.live["busy"] == 1)
        for _ in range(3):
            outcome = await queue.results.outcome(await queue.add(coffee))
            assert outcome["status"] == "succeeded"
        assert wiring.text.instances.live == {"warm": 0, "busy": 1}
    assert not set(slow) & set(queue.results.outcomes)


async def test_other_work_that_runs_long_does_not_hold_text_up(
    queue: Queue, coffee: bytes, page: bytes
) -> None:
    for _ in range(6):
        await queue.add(coffee + b"#hang")
    async with queue.worker(function="poison", drain_s=0) as wiring:
        await until(lambda: wiring.ordinary.instances.live["busy"] == 2)
        outcome = await queue.results.outcome(await queue.add_text(page))
        assert outcome["status"] == "succeeded"
        assert wiring.ordinary.instances.live["busy"] == 2
    assert len(queue.results.outcomes) == 1


async def test_one_waits_for_the_runway_and_a_turn_whatever_text_another_has_queued(
    queue: Queue,
) -> None:
    """Uploads that are gone: it is the order that counts."""
    crowd = [await queue.add_text(None) for _ in range(30)]
    quiet = await queue.add_text(None, user_id=ids.new_id("us"))
    async with queue.worker():
        for one in crowd:
            await queue.results.outcome(one)
        await queue.until_empty()
    assert list(queue.results.outcomes).index(quiet) <= 1 + work_queue.RUNWAY + 1
    assert await queue.redis.exists(TEXT.turns, TEXT.taken, TEXT.lined_up) == 0


async def test_a_further_attempt_waits_in_the_queue_for_text(queue: Queue, page: bytes) -> None:
    marked = page + f"#fault-once-{uuid.uuid4().hex}".encode()
    async with queue.worker(text_function="poison_text", retry_delays_s="3600") as wiring:
        accepted = await queue.add_text(marked)
        async with asyncio.timeout(20):
            while not await queue.redis.zcard(TEXT.delayed):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert await queue.redis.zcard(ORDINARY.delayed) == 0
        await queue.redis.zadd(TEXT.delayed, {accepted: 1})
        outcome = await queue.results.outcome(accepted)
        assert wiring.ordinary.instances.live["busy"] == 0
    assert [one["outcome"] for one in outcome["attempts"]] == ["internal", "succeeded"]


async def test_text_that_broke_in_every_attempt_fails(queue: Queue, page: bytes) -> None:
    accepted = await queue.add_text(page + b"#memory")
    async with queue.worker(text_function="poison"):
        outcome = await queue.results.outcome(accepted)
    assert (outcome["error"]["code"], outcome["error"]["attempts"]) == ("out-of-memory", 3)


async def test_a_dead_workers_text_is_taken_over(queue: Queue, page: bytes) -> None:
    accepted = await queue.add_text(page)
    await queue.redis.xgroup_create(TEXT.stream, GROUP, id="0")
    await queue.redis.xreadgroup(GROUP, "gone", {TEXT.stream: ">"})
    async with queue.worker(lease_s=LEASE_S / 2):
        assert (await queue.results.outcome(accepted))["status"] == "succeeded"
        await queue.until_empty()


async def test_a_cancel_reaches_running_text(queue: Queue, page: bytes) -> None:
    accepted = await queue.add_text(page + b"#hang")
    async with queue.worker(text_function="poison_text") as wiring:
        await until(lambda: wiring.text.instances.live["busy"] == 1)
        await queue.cancel(accepted)
        await until(lambda: wiring.text.instances.live["busy"] == 0)
        await queue.until_empty()
        assert (await queue.results.outcome(await queue.add_text(page)))["status"] == "succeeded"
    assert queue.results.reports == 1


async def test_a_worker_that_is_stopped_hands_back_text_that_it_cannot_finish(
    queue: Queue, page: bytes
) -> None:
    accepted = await queue.add_text(page + f"#hang-once-{uuid.uuid4().hex}".encode())
    async with queue.worker(text_function="poison_text", drain_s=0) as wiring:
        await until(lambda: wiring.text.instances.live["busy"] == 1)
    assert await queue.redis.zcard(TEXT.delayed) == 1
    assert await queue.redis.xinfo_consumers(TEXT.stream, GROUP) == []
    # Whether it had begun to hang or not: twice is enough.
    async with queue.worker(text_function="poison_text", lease_s=60, function_timeout_s=5):
        assert (await queue.results.outcome(accepted))["status"] == "succeeded"


@pytest.fixture
async def streams(queue: Queue) -> AsyncIterator[dict[work_queue.Queue, WorkStream]]:
    opened = {
        each: WorkStream(queue.settings.redis_url, f"reader-{each.name}", 60, each)
        for each in work_queue.QUEUES
    }
    for stream in opened.values():
        await stream.make_group()
    yield opened
    for stream in opened.values():
        await stream.close()


@pytest.mark.parametrize("first", work_queue.QUEUES, ids=lambda each: each.name)
async def test_reserved_concurrency_holds_for_both_queues_together(
    queue: Queue, streams: dict[work_queue.Queue, WorkStream], first: work_queue.Queue
) -> None:
    for _ in range(2):
        await queue.add(None)
        await queue.add_text(None)
    (one, other) = (streams[each] for each in sorted(work_queue.QUEUES, key=lambda q: q != first))
    assert await one.read_within(5, 0) == []
    taken = await one.read_within(5, 3)
    assert (len(taken), len(await other.read_within(5, 3))) == (2, 1)
    assert await other.read_within(5, 3) == []
    message = parse(taken[0].entry, taken[0].fields)
    await one.acknowledge(message.entry, message.analysis_id)
    assert len(await other.read_within(5, 3)) == 1


async def test_where_only_one_queue_has_its_group_the_other_counts_nothing(
    queue: Queue, streams: dict[work_queue.Queue, WorkStream]
) -> None:
    await queue.redis.delete(TEXT.stream)
    await queue.add(None)
    assert len(await streams[ORDINARY].read_within(5, 1)) == 1


async def test_the_function_tells_of_both_queues_together(queue: Queue, coffee: bytes) -> None:
    for each in work_queue.QUEUES:
        await queue.redis.zadd(each.delayed, {"later": 9e15})
    for _ in range(4):
        await queue.add(coffee + b"#hang")
        await queue.add_text(coffee + b"#hang")
    async with queue.worker(function="poison", text_function="poison", drain_s=0) as wiring:
        await until(lambda: metric("queue_messages", queue="ordinary", state="in-flight") == 2)
        await until(lambda: metric("queue_messages", queue="text", state="in-flight") == 1)
        await until(lambda: metric("instances", queue="text", state="busy") == 1)
        assert metric("queue_messages", queue="text", state="waiting") == 3
        assert metric("queue_messages", queue="text", state="delayed") == 1
        assert metric("queue_oldest_age_seconds", queue="text") > 0
        transport = httpx2.ASGITransport(create_app(wiring))
        async with httpx2.AsyncClient(transport=transport, base_url="http://images") as http:
            async with asyncio.timeout(10):
                while (live := (await http.get("/v1/function")).json()["live"])["busy"] < 3:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            ready = (await http.get("/readyz")).json()["checks"]
    assert (live["instances"], live["cold_starts"]) == (3, 3)
    assert live["queue_depth"] == 2 + 3 + 2
    assert live["oldest_age_s"] > 0
    assert (ready["worker"], ready["text-worker"]) == ("ok", "ok")


async def test_a_worker_serves_the_lanes_that_it_is_given_alone(
    queue: Queue, coffee: bytes, page: bytes
) -> None:
    ordinary, text = await queue.add(coffee), await queue.add_text(page)
    async with queue.worker(lanes="text") as wiring:
        assert (await queue.results.outcome(text))["status"] == "succeeded"
        transport = httpx2.ASGITransport(create_app(wiring))
        async with httpx2.AsyncClient(transport=transport, base_url="http://images") as http:
            checks = (await http.get("/readyz")).json()["checks"]
    assert checks["text-worker"] == "ok"
    assert "worker" not in checks
    assert ordinary not in queue.results.outcomes
    assert await queue.redis.xinfo_groups(ORDINARY.stream) == [], "nobody has asked for any"
