"""From the intent to the outcome, on a real Valkey and a bucket whose failures we choose."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from conftest import Service, report, submission
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from sightline_contracts import events, ids, work_queue

from result_service.store import keys


async def requested(redis: Redis) -> list[str]:
    """On the runway, then in line."""
    entries = await redis.xrange(events.REQUESTED)
    in_line = await redis.hkeys(work_queue.ORDINARY.lined_up)
    return [json.loads(fields["event"])["subject"] for _, fields in entries] + in_line


async def test_typical_journey(service: Service) -> None:
    analysis_id = await service.accept()
    assert await requested(service.redis) == [analysis_id]
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
        *(service.client.put(service.url(analysis_id, "/outcome"), json=one) for one in reports)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    await service.wiring.completion.flush()
    assert len(service.accounts.settled) == 1


async def test_the_same_intent_twice_is_one_analysis(service: Service) -> None:
    analysis_id = ids.new_id("an")
    first = await service.client.put(service.url(analysis_id), json=submission())
    second = await service.client.put(service.url(analysis_id), json=submission())
    assert (first.status_code, second.status_code) == (201, 200)
    assert await requested(service.redis) == [analysis_id]


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


async def test_a_deleted_analysis_leaves_nothing_even_when_its_outcome_comes_late(
    service: Service,
) -> None:
    analysis_id = await service.accept()
    assert (await service.client.delete(service.url(analysis_id))).status_code == 204
    sent = report(analysis_id, preview=base64.b64encode(b"jpeg").decode())
    late = await service.client.put(service.url(analysis_id, "/outcome"), json=sent)
    await service.wiring.completion.flush()
    assert late.status_code == 404
    assert not service.left()
    assert list(service.accounts.settled) == [analysis_id]
    assert (await service.client.delete(service.url(analysis_id))).status_code == 404


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


async def test_what_is_deleted_before_its_completion_stays_deleted_and_is_billed(
    service: Service,
) -> None:
    analysis_id = await service.accept(metadata={"note": "x" * 1500})
    path = service.url(analysis_id, "/outcome")
    await service.client.put(path, json=report(analysis_id))
    assert (await service.client.delete(service.url(analysis_id))).status_code == 204
    await service.wiring.completion.flush()
    assert not service.left()
    assert service.accounts.settled[analysis_id].status == "succeeded"


async def test_what_cannot_be_billed_now_is_not_deleted_yet(service: Service) -> None:
    analysis_id = await service.accept()
    service.accounts.down = True
    assert (await service.client.delete(service.url(analysis_id))).status_code == 503
    service.accounts.down = False
    assert (await service.client.delete(service.url(analysis_id))).status_code == 204
    assert not service.left()
    assert list(service.accounts.settled) == [analysis_id]


async def test_redis_down_at_accept_is_mended_by_the_sweeper(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(**_: object) -> None:
        raise RedisConnectionError

    with monkeypatch.context() as down:
        down.setattr(service.wiring.stream, "_publish", dict.fromkeys(work_queue.QUEUES, refuse))
        analysis_id = await service.accept()
    assert await requested(service.redis) == []
    await service.wiring.sweeper.sweep()
    assert await requested(service.redis) == [analysis_id]
    [(_, fields)] = await service.redis.xrange(events.REQUESTED)
    assert json.loads(fields["event"])["requestid"] == "req-1"


async def test_flushall_is_mended_once_however_many_sweepers_look(service: Service) -> None:
    accepted = sorted([await service.accept() for _ in range(5)])
    await service.redis.flushall()
    await asyncio.gather(*(service.wiring.sweeper.sweep() for _ in range(4)))
    await service.wiring.sweeper.sweep()
    assert sorted(await requested(service.redis)) == accepted


async def test_the_sweeper_leaves_queued_and_delayed_work_alone(service: Service) -> None:
    queued, delayed = await service.accept(), await service.accept()
    entry = await service.redis.get(f"queued:{delayed}")
    await service.redis.xdel(events.REQUESTED, entry)
    await service.redis.zadd("analysis.delayed", {delayed: 1})
    await service.wiring.sweeper.sweep()
    assert await requested(service.redis) == [queued]


async def test_what_stands_in_line_is_held(service: Service) -> None:
    accepted = [await service.accept() for _ in range(work_queue.RUNWAY + 2)]
    in_line = await service.redis.hkeys(work_queue.ORDINARY.lined_up)
    assert set(in_line) == set(accepted[work_queue.RUNWAY :])
    assert await service.wiring.stream.lost(accepted) == {}
    await service.wiring.sweeper.sweep()
    assert sorted(await requested(service.redis)) == sorted(accepted)


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


async def test_user_service_down_at_the_end_bills_later_and_once(service: Service) -> None:
    analysis_id = await service.accept()
    service.accounts.down = True
    assert (await service.finish(analysis_id)).status_code == 201
    assert (await service.client.get(service.url(analysis_id))).json()["status"] == "succeeded"
    service.accounts.down = False
    await service.redis.delete(events.REQUESTED)  # as the worker's ack does
    await service.wiring.sweeper.sweep()
    await service.wiring.sweeper.sweep()
    assert list(service.accounts.settled) == [analysis_id]
    assert service.accounts.calls == 1


async def test_a_bucket_that_is_down_is_503_with_nothing_half_written(service: Service) -> None:
    service.bucket.down = True
    answer = await service.client.put(service.url(ids.new_id("an")), json=submission())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not service.left()
    assert await requested(service.redis) == []


async def test_an_upload_is_stored_and_a_retry_takes_a_copy_of_it(service: Service) -> None:
    first = ids.new_id("an")
    receipt = await service.client.put(service.url(first, "/upload"), content=b"image bytes")
    assert (receipt.status_code, receipt.json()["bytes"]) == (201, 11)
    body = submission(kind="upload", image_url=None)
    await service.client.put(service.url(first), json=body)
    second = ids.new_id("an")
    await service.client.put(service.url(second), json={**body, "retry_of": first})
    await service.client.delete(service.url(first))
    copied = await service.client.get(service.url(second, "/upload"))
    assert copied.content == b"image bytes"


async def test_an_empty_upload_is_refused(service: Service) -> None:
    analysis_id = ids.new_id("an")
    empty = await service.client.put(service.url(analysis_id, "/upload"), content=b"")
    assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (422, "/image")
    assert not service.left()


async def test_an_unchanged_analysis_answers_304(service: Service) -> None:
    analysis_id = await service.accept()
    first = await service.client.get(service.url(analysis_id))
    again = await service.client.get(
        service.url(analysis_id), headers={"If-None-Match": f"W/{first.headers['ETag']}"}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_an_idempotency_key_belongs_to_the_first_claim(service: Service) -> None:
    url = f"/v1/users/{service.user_id}/idempotency-keys/{'a' * 64}"
    claims = [{"fingerprint": "f", "analysis_id": ids.new_id("an")} for _ in range(5)]
    answers = await asyncio.gather(*(service.client.put(url, json=one) for one in claims))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    await service.wiring.completion.flush()
    assert len({answer.json()["analysis_id"] for answer in answers}) == 1


async def test_deleting_a_user_removes_all_of_theirs_and_nothing_of_others(
    service: Service,
) -> None:
    mine = await service.accept()
    other = ids.new_id("us")
    kept = ids.new_id("an")
    await service.client.put(f"/v1/users/{other}/analyses/{kept}", json=submission())
    assert (await service.client.delete(f"/v1/users/{service.user_id}")).status_code == 202
    await service.wiring.sweeper.sweep()
    assert (await service.client.get(service.url(mine))).status_code == 404
    assert service.left() == {f"pending/{other}/{kept}.json"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**submission(), "surprise": 1}, "/surprise"),
        ({**submission(), "request_id": 5}, "/request_id"),
        (submission(operations=[]), "/input/operations"),
    ],
)
async def test_a_body_outside_the_contract_is_422(
    service: Service, body: dict[str, object], pointer: str
) -> None:
    answer = await service.client.put(service.url(ids.new_id("an")), json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not service.left()


async def test_a_body_that_is_not_json_is_400(service: Service) -> None:
    answer = await service.client.put(
        service.url(ids.new_id("an")), content=b"{", headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")


async def chunked(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000):
        yield b" " * 1000


@pytest.mark.parametrize(
    "content", [lambda size: b" " * size, chunked], ids=["announced", "chunked"]
)
async def test_a_body_over_the_limit_is_413(
    service: Service, content: Callable[[int], Any]
) -> None:
    answer = await service.client.put(
        service.url(ids.new_id("an")),
        content=content(70_000),
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


async def test_the_outcome_goes_last_so_that_half_a_deletion_can_be_repeated(
    service: Service,
) -> None:
    analysis_id = await service.accept()
    await service.finish(analysis_id, preview=base64.b64encode(b"jpeg").decode())
    service.bucket.fail_deletes_of = "previews/"
    assert (await service.client.delete(service.url(analysis_id))).status_code == 503
    assert (await service.client.get(service.url(analysis_id))).json()["status"] == "succeeded"
    service.bucket.fail_deletes_of = None
    assert (await service.client.delete(service.url(analysis_id))).status_code == 204
    assert not service.left()


async def test_a_pending_object_stays_until_its_end_is_billed(service: Service) -> None:
    analysis_id = await service.accept()
    service.accounts.down = True
    await service.finish(analysis_id)
    assert keys.pending(service.user_id, analysis_id) in service.bucket.objects
    service.accounts.down = False
    await service.redis.flushall()
    await service.wiring.sweeper.sweep()
    assert keys.pending(service.user_id, analysis_id) not in service.bucket.objects
    assert list(service.accounts.settled) == [analysis_id]


async def test_a_deleted_account_leaves_no_upload_of_any_kind(service: Service) -> None:
    of_each = {
        keys.upload(service.user_id, "an_1"),
        keys.upload(service.user_id, "up_1"),
        keys.slot(service.user_id, "up_1", 7),
        keys.preview(service.user_id, "an_1"),
        keys.intent(service.user_id, "an_1"),
        keys.batch(service.user_id, "ba_1"),
        keys.idempotency(service.user_id, "0"),
        keys.tombstone(service.user_id, "an_1"),
    }
    for key in of_each:
        await service.bucket.put(key, b"{}")
    await service.client.delete(f"/v1/users/{service.user_id}")
    await service.wiring.sweeper.sweep()
    assert not of_each & set(service.bucket.objects)
    assert not service.left()


async def test_what_was_deleted_says_so_however_it_is_asked_for(service: Service) -> None:
    analysis_id = await service.accept()
    await service.client.delete(service.url(analysis_id))
    again = await service.client.put(service.url(analysis_id), json=submission())
    for answer in (again, await service.client.get(service.url(analysis_id))):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
        assert answer.json()["deleted"] is True
    assert await service.redis.xlen(events.REQUESTED) == 1
    # Its message, which may come again, is dropped and not run.
    assert (await service.client.head(service.url(analysis_id, "/outcome"))).status_code == 200
    never = await service.client.get(service.url(ids.new_id("an")))
    assert (never.status_code, "deleted" in never.json()) == (404, False)


async def test_a_result_and_a_preview_are_read_in_part(service: Service) -> None:
    analysis_id = await service.accept()
    await service.finish(analysis_id, preview=base64.b64encode(b"0123456789").decode())
    url = service.url(analysis_id, "/preview")
    part = await service.client.get(url, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    assert part.headers["Content-Range"] == "bytes 2-4/10"
    assert part.headers["Accept-Ranges"] == "bytes"
    beyond = await service.client.get(url, headers={"Range": "bytes=10-"})
    assert (beyond.status_code, beyond.json()["type"]) == (416, "/problems/range-not-satisfiable")
    for ignored in ("bytes=0-1,3-4", "lines=0-1", "bytes=", "bytes=x-"):
        whole = await service.client.get(url, headers={"Range": ignored})
        assert (whole.status_code, whole.content) == (200, b"0123456789")
    etag = part.headers["ETag"]
    for tag, status in ((etag, 206), ('"other"', 200)):
        answer = await service.client.get(url, headers={"Range": "bytes=0-0", "If-Range": tag})
        assert answer.status_code == status
    known = await service.client.get(url, headers={"If-None-Match": etag, "Range": "bytes=0-0"})
    assert (known.status_code, known.content) == (304, b"")
    result = await service.client.get(
        service.url(analysis_id, "/result"), headers={"Range": "bytes=0-1"}
    )
    assert (result.status_code, result.content) == (206, b'{"')


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
