"""From the intent to the outcome, on a real Valkey and a bucket whose failures we choose."""

import asyncio
import base64
import json
from typing import Any

import pytest
from conftest import Service, report, submission
from sightline_contracts import events, ids, work_queue


async def test_typical_journey(service: Service) -> None:
    analysis_id = await service.accept()
    assert await service.requested() == [analysis_id]
    assert (await service.client.get(service.url(analysis_id))).json()["status"] == "queued"

    hint = json.dumps({"started_at": ids.now(), "attempt": 1})
    await service.redis.set(f"running:{analysis_id}", hint, px=15000)
    running = (await service.client.get(service.url(analysis_id))).json()
    assert (running["status"], running["attempts"]) == ("running", 1)

    sent = report(analysis_id)
    answer = await service.client.put(service.url(analysis_id, "/outcome"), json=sent)
    assert (answer.status_code, answer.json()) == (201, {"status": "succeeded"})

    ended = (await service.client.get(service.url(analysis_id))).json()
    assert (ended["status"], ended["result"]) == ("succeeded", sent["result"])
    assert ended["metering"] == sent["metering"]
    assert ended["input"]["metadata"] == {"tag": "x"}
    result = await service.client.get(service.url(analysis_id, "/result"))
    assert result.json() == sent["result"]
    await service.wiring.completion.flush()
    assert list(service.accounts.settled) == [analysis_id]
    completed = await service.redis.xrange(events.COMPLETED)
    assert [json.loads(fields["event"])["subject"] for _, fields in completed] == [analysis_id]
    assert not [key for key in service.bucket.objects if key.startswith("pending/")]


@pytest.mark.parametrize(
    "wanted", [{"operations": ["x"]}, {"operations": ["hash", "hash"]}, {"engine": "x"}]
)
async def test_what_could_never_be_announced_is_not_accepted(
    service: Service, wanted: dict[str, Any]
) -> None:
    answer = await service.client.put(service.url(ids.new_id("an")), json=submission(**wanted))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/input")
    assert not service.left()


async def test_the_first_of_two_outcomes_wins(service: Service) -> None:
    analysis_id = await service.accept()
    reports = [report(analysis_id, finished_at=f"2026-11-01T00:00:0{n}.000Z") for n in range(5)]
    answers = await asyncio.gather(
        *(service.client.put(service.url(analysis_id, "/outcome"), json=end) for end in reports)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    await service.wiring.completion.flush()
    assert len(service.accounts.settled) == 1


async def test_the_same_intent_twice_is_one_analysis(service: Service) -> None:
    analysis_id = ids.new_id("an")
    first = await service.client.put(service.url(analysis_id), json=submission())
    second = await service.client.put(service.url(analysis_id), json=submission())
    assert (first.status_code, second.status_code) == (201, 200)
    assert await service.requested() == [analysis_id]


async def test_a_failed_analysis_has_an_error_and_no_result(service: Service) -> None:
    analysis_id = await service.accept()
    error = {"code": "timeout", "title": "Too slow", "detail": "It took too long.", "attempts": 3}
    sent = report(analysis_id, status="failed", result=None, error=error)
    await service.client.put(service.url(analysis_id, "/outcome"), json=sent)
    ended = (await service.client.get(service.url(analysis_id))).json()
    assert (ended["status"], ended["error"], ended["result"]) == ("failed", error, None)
    assert (await service.client.get(service.url(analysis_id, "/result"))).status_code == 404


async def test_a_cancel_beats_the_outcome_that_comes_later(service: Service) -> None:
    analysis_id = await service.accept()
    canceled = await service.client.post(service.url(analysis_id, "/cancel"))
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    late = await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    assert (late.status_code, late.json()) == (200, {"status": "canceled"})
    again = await service.client.post(service.url(analysis_id, "/cancel"))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-finished")


async def test_a_preview_comes_with_the_outcome_and_goes_with_the_analysis(
    service: Service,
) -> None:
    analysis_id = await service.accept()
    assert (await service.client.get(service.url(analysis_id, "/preview"))).status_code == 404
    await service.finish(analysis_id, preview=base64.b64encode(b"jpeg").decode())
    shown = await service.client.get(service.url(analysis_id, "/preview"))
    assert (shown.content, shown.headers["Content-Type"]) == (b"jpeg", "image/jpeg")
    await service.client.delete(service.url(analysis_id))
    assert not service.left()


@pytest.mark.parametrize("note", ["short", "é" * 1500])
async def test_what_was_asked_for_is_read_with_the_end_however_long_it_is(
    service: Service, note: str
) -> None:
    analysis_id = await service.accept(metadata={"note": note})
    await service.finish(analysis_id)
    found = (await service.client.get(service.url(analysis_id))).json()
    assert (found["status"], found["input"]["metadata"]) == ("succeeded", {"note": note})


async def test_who_has_waited_for_too_long_is_told_to_come_back_and_nobody_else(
    service: Service,
) -> None:
    accepted = [await service.accept() for _ in range(work_queue.RUNWAY + 1)]
    line = work_queue.ORDINARY.line(service.user_id)
    since_ms = int((await service.redis.lindex(line, 0)).partition(" ")[0])
    await service.redis.lset(line, 0, f"{since_ms - 11_000} {accepted[-1]}")

    refused_id = ids.new_id("an")
    refused = await service.client.put(service.url(refused_id), json=submission())
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/overloaded")
    assert refused.headers["Retry-After"] == "10"
    assert (await service.client.get(service.url(refused_id))).status_code == 404

    known = await service.client.put(service.url(accepted[0]), json=submission())
    assert (known.status_code, known.json()["id"]) == (200, accepted[0])
    service.user_id = ids.new_id("us")
    await service.accept()


async def test_a_bucket_that_is_down_is_503_with_nothing_half_written(service: Service) -> None:
    service.bucket.down = True
    answer = await service.client.put(service.url(ids.new_id("an")), json=submission())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not service.left()
    assert await service.requested() == []


@pytest.mark.parametrize(
    ("attempts", "told", "number"),
    [
        ([{"outcome": "image-unreachable"}], "image-unreachable", 2),
        ([], "system-trouble", 1),
        ("of another version", "system-trouble", 1),
    ],
)
async def test_while_a_further_attempt_is_due_it_is_said_why_and_when(
    service: Service, attempts: Any, told: str, number: int
) -> None:
    analysis_id = await service.accept()
    found = (await service.client.get(service.url(analysis_id))).json()
    assert (found["retry"], found["attempts"]) == (None, 0)
    # As image-service puts an attempt off.
    event = json.dumps({"data": {"analysis_id": analysis_id, "attempts": attempts}})
    queue = work_queue.ORDINARY
    await service.redis.zadd(queue.delayed, {analysis_id: 1_795_788_293_580})
    await service.redis.hset(f"{queue.delayed}.events", analysis_id, event)
    due = {"attempt": number, "reason": told, "due_at": "2026-11-27T14:04:53.580Z"}
    found = (await service.client.get(service.url(analysis_id))).json()
    assert (found["status"], found["retry"]) == ("queued", due)
    assert found["attempts"] == number - 1
    listed = (await service.client.get(f"/v1/users/{service.user_id}/analyses")).json()["items"]
    assert listed[0]["retry"] == due
    await service.finish(analysis_id)
    assert (await service.client.get(service.url(analysis_id))).json()["retry"] is None
