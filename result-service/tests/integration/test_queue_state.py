"""What the queues hold is told from here, whether a worker is there or not."""

import json
import time

import pytest
from conftest import Service
from prometheus_client import REGISTRY
from sightline_contracts import ids, queue_state, work_queue
from sightline_contracts.queue_state import QueueState, Worker
from sightline_contracts.work_queue import GROUP, ORDINARY, RUNWAY, TEXT

PATH = "/v1/queues"


async def queue(service: Service, name: str = "ordinary") -> dict[str, object]:
    queues = (await service.client.get(PATH)).json()["queues"]
    [found] = [each for each in queues if each["name"] == name]
    return dict(found)


async def accept_of(service: Service, user_id: str) -> None:
    data = {"analysis_id": ids.new_id("an"), "user_id": user_id}
    script = service.redis.register_script(ORDINARY.add + "\nadd(ARGV[1], ARGV[2])")
    await script(args=[data["analysis_id"], json.dumps({"data": data})])


async def test_an_empty_queue_without_a_worker_is_told(service: Service) -> None:
    figures = await queue(service)
    assert {value for name, value in figures.items() if name != "name"} == {0}


async def test_what_waits_in_lines_and_stream_counts_and_so_does_what_is_in_flight_and_delayed(
    service: Service,
) -> None:
    for _ in range(RUNWAY + 3):
        await service.accept()
    await service.accept(operations=["text"])
    await service.redis.xgroup_create(ORDINARY.stream, GROUP, id="0")
    await service.redis.xreadgroup(GROUP, "c", {ORDINARY.stream: ">"}, count=2)
    await service.redis.zadd(ORDINARY.delayed, {"an_1": 1})
    figures = await queue(service)
    assert (figures["waiting"], figures["in_flight"], figures["delayed"]) == (RUNWAY + 1, 2, 1)
    assert (await queue(service, "text"))["waiting"] == 1


async def test_the_age_is_that_of_the_oldest_head_of_a_line(service: Service) -> None:
    users = [ids.new_id("us") for _ in range(4)]
    for user_id in users * 3:
        await accept_of(service, user_id)
    entries = await service.redis.xrange(ORDINARY.stream)
    await service.redis.xdel(ORDINARY.stream, *[entry for entry, _ in entries])
    lines = {
        user_id: await service.redis.lrange(ORDINARY.line(user_id), 0, -1) for user_id in users
    }
    long_ago = int(time.time() * 1000) - 60_000
    for number, (user_id, waiting) in enumerate(lines.items()):
        for place, each in enumerate(waiting):
            since = long_ago + number * 1000 + place
            text = f"{since} {each.partition(' ')[2]}"
            await service.redis.lset(ORDINARY.line(user_id), place, text)
    # As where a release that knows no heads has changed the lines: none of them is what is kept.
    figures = await queue(service)
    assert 60 <= float(str(figures["oldest_age_s"])) < 70
    heads = await service.redis.zrange(ORDINARY.heads, 0, -1, withscores=True)
    assert heads[0] == (users[0], float(long_ago))


async def test_heads_that_nobody_has_kept_are_made_from_the_lines(service: Service) -> None:
    for user_id in [ids.new_id("us") for _ in range(3)] * 4:
        await accept_of(service, user_id)
    kept = await service.redis.zrange(ORDINARY.heads, 0, -1, withscores=True)
    await service.redis.delete(ORDINARY.heads)
    await queue(service)
    assert await service.redis.zrange(ORDINARY.heads, 0, -1, withscores=True) == kept
    assert len(kept) == 3


async def test_heads_go_with_their_lines(service: Service) -> None:
    for user_id in [ids.new_id("us") for _ in range(3)] * 4:
        await accept_of(service, user_id)
    fill = service.redis.register_script(ORDINARY.fill)
    await service.redis.xgroup_create(ORDINARY.stream, GROUP, id="0", mkstream=True)
    while await service.redis.hlen(ORDINARY.lined_up):
        await service.redis.xreadgroup(GROUP, "c", {ORDINARY.stream: ">"}, count=RUNWAY)
        await fill()
    assert await service.redis.zcard(ORDINARY.heads) == 0


async def test_workers_that_have_told_lately_are_summed_up_by_queue(service: Service) -> None:
    state = QueueState(service.redis)
    await state.publish_worker("a", Worker("ordinary", slots=2, warm=0, busy=2, cold_starts=3))
    await state.publish_worker("b", Worker("ordinary", slots=2, warm=1, busy=1, cold_starts=1))
    await state.publish_worker("c", Worker("text", slots=1, warm=0, busy=0, cold_starts=0))
    silent = {"queue": "ordinary", "slots": 9, "at": time.time() - queue_state.SILENT_S - 1}
    await service.redis.hset(queue_state.WORKERS, "silent", json.dumps(silent))
    for number, text in enumerate(("no json", "[]", '{"queue": 1, "slots": "x", "at": null}')):
        await service.redis.hset(queue_state.WORKERS, f"odd-{number}", text)
    figures = await queue(service)
    told = [figures[name] for name in ("workers", "slots", "warm", "busy", "cold_starts")]
    assert told == [2, 4, 1, 3, 4]
    assert (await queue(service, "text"))["workers"] == 1
    assert sorted(await service.redis.hkeys(queue_state.WORKERS)) == ["a", "b", "c"]


async def test_a_scrape_looks_at_the_queues_and_tells_nothing_old(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gauge() -> float | None:
        labels = {"queue": "text", "state": "waiting"}
        return REGISTRY.get_sample_value("queue_messages", labels)

    await service.accept(operations=["text"])
    assert (await service.client.get("/metrics")).status_code == 200
    assert gauge() == 1

    async def away(_queue: work_queue.Queue) -> None:
        raise ConnectionError

    monkeypatch.setattr(service.wiring.queues._state, "depth", away)
    assert (await service.client.get("/metrics")).status_code == 200
    assert gauge() is None
    answer = await service.client.get(PATH)
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")


def test_the_gauges_are_shown_and_taken_away() -> None:
    queue_state.show(TEXT, queue_state.Depth(1, 2, 3, 4.5))
    assert REGISTRY.get_sample_value("queue_oldest_age_seconds", {"queue": "text"}) == 4.5
    queue_state.show_nothing()
    assert REGISTRY.get_sample_value("queue_oldest_age_seconds", {"queue": "text"}) is None
