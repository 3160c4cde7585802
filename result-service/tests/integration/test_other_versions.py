"""What another version of a service has written is read: a field more says nothing, and one less has a
default. What cannot be read at all stops nobody else."""

import json
from dataclasses import replace
from typing import Any

import pytest
from conftest import Service, report, submission
from sightline_contracts import events, ids

from result_service.models.accounts import IdempotencyRecord, Removal
from result_service.models.analyses import (
    Attempt,
    Embedding,
    Failure,
    Intent,
    Metering,
    Report,
    Summary,
)
from result_service.models.base import Kept
from result_service.models.batches import BatchRecord
from result_service.models.deliveries import DeadLetter, Delivery
from result_service.models.function import FunctionSettings
from result_service.models.shares import Share
from result_service.outcomes.outcome import Outcome
from result_service.repair.set_aside import ASIDE_S
from result_service.store import keys
from result_service.store.bucket import StoredObject

INPUT = {"kind": "url", "image_url": "http://a.test/", "operations": ["faces"], "engine": "auto"}
INTENT = {
    "analysis_id": "an_1",
    "user_id": "us_1",
    "created_at": "t",
    "request_id": "r",
    "input": INPUT,
}
ATTEMPT = {
    "number": 1,
    "started_at": "t",
    "duration_ms": 1.0,
    "init_ms": 0.0,
    "max_memory_mb": 1.0,
    "outcome": "succeeded",
}
FAILURE = {"code": "timeout", "title": "Slow", "detail": "", "attempts": 1}
STORED: list[tuple[type[Any], dict[str, Any]]] = [
    (Intent, INTENT),
    (Attempt, ATTEMPT),
    (Metering, {}),
    (Failure, FAILURE),
    (Summary, {}),
    (BatchRecord, {"members": [{"index": 0, "analysis_id": ids.new_id("an")}]}),
    (Delivery, {"user_id": "us_1", "analysis_id": "an_1", "url": "http://a.test/"}),
    (FunctionSettings, {}),
    (Removal, {"user_id": "us_1"}),
    (IdempotencyRecord, {"fingerprint": "f", "analysis_id": "an_1", "created_at": "t"}),
    (
        DeadLetter,
        {
            "id": "an_1",
            "user_id": "us_1",
            "condition": "RetriesExhausted",
            "failed_at": "t",
            "error": FAILURE,
            "attempts": [ATTEMPT],
            "invocation": INTENT,
        },
    ),
    (
        Report,
        {
            "status": "succeeded",
            "started_at": "t",
            "finished_at": "t",
            "attempts": [ATTEMPT],
            "metering": {},
        },
    ),
    (Embedding, {"model": "m", "vector": "AH+B"}),
    (Share, {"share_id": "sh_1", "parts": ["page"], "created_at": "t", "expires_at": "t"}),
]


def with_more(value: Any) -> Any:
    """Each object in it with a field that no version knows yet."""
    if isinstance(value, dict):
        return {name: with_more(item) for name, item in value.items()} | {"of_later": {"x": 1}}
    return [with_more(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("model", "least"), STORED, ids=[model.__name__ for model, _ in STORED])
def test_what_is_stored_is_read_with_a_field_more_and_without_what_has_a_default(
    model: type[Any], least: dict[str, Any]
) -> None:
    read = model.model_validate_json(json.dumps(least))
    assert model.model_validate_json(json.dumps(with_more(least))) == read
    # What this version writes has every field, so that an earlier one finds what it needs.
    assert model.model_validate_json(read.model_dump_json()) == read


def test_everything_that_is_kept_passes_over_what_it_does_not_know() -> None:
    known = {model for model, _ in STORED}
    open_ones = {
        model for model in Kept.__subclasses__() if model.model_config.get("extra") != "forbid"
    }
    nested = {"Input", "BatchMember"}
    assert {model.__name__ for model in open_ones - known} == nested


async def rewritten(service: Service, key: str, change: Any) -> None:
    stored, modified = service.bucket.objects[key]
    body = change(json.loads(stored.body))
    service.bucket.objects[key] = (
        StoredObject(json.dumps(body).encode(), '"other"', stored.metadata, len(stored.body)),
        modified,
    )


async def test_an_intent_of_a_later_version_is_swept_shown_and_finished(service: Service) -> None:
    analysis_id = await service.accept()
    await rewritten(service, keys.pending(service.user_id, analysis_id), with_more)
    await service.redis.flushall()
    await service.wiring.sweeper.sweep()
    assert await service.redis.xlen(events.REQUESTED) == 1
    assert (await service.client.get(service.url(analysis_id))).json()["status"] == "queued"
    assert (await service.finish(analysis_id)).status_code == 201


async def test_one_unreadable_intent_stops_the_sweeper_for_nobody_else(service: Service) -> None:
    broken, whole = await service.accept(), await service.accept()
    key = keys.pending(service.user_id, broken)
    await service.bucket.put(key, b"\xff no JSON")
    await service.redis.flushall()
    for _ in range(3):
        await service.wiring.sweeper.sweep()
    entries = await service.redis.xrange(events.REQUESTED)
    assert [json.loads(fields["event"])["subject"] for _, fields in entries] == [whole]
    assert service.bucket.gets.count(key) == 1  # put aside, and still there for who can read it
    assert key in service.bucket.objects
    listed = await service.client.get(f"/v1/users/{service.user_id}/analyses")
    assert [item["id"] for item in listed.json()["items"]] == [whole]


async def test_what_could_not_be_read_is_looked_at_again_after_an_hour(service: Service) -> None:
    """A connection that broke in a way that its library has no error for looks the same."""
    key = keys.pending(service.user_id, await service.accept())
    stored, modified = service.bucket.objects[key]
    service.bucket.objects[key] = (replace(stored, body=b"\xff no JSON"), modified)
    await service.redis.flushall()
    await service.wiring.sweeper.sweep()
    service.bucket.objects[key] = (stored, modified)
    aside = service.wiring.sweeper._aside.objects
    aside.expire(aside.timer() + ASIDE_S + 1)
    await service.wiring.sweeper.sweep()
    assert await service.redis.xlen(events.REQUESTED) == 1


@pytest.mark.parametrize("missing", ["status", "finished-at", "metering"])
async def test_one_unreadable_outcome_stops_no_other_completion(
    service: Service, missing: str
) -> None:
    broken, whole = await service.accept(), await service.accept()
    for analysis_id in (broken, whole):
        await service.client.put(service.url(analysis_id, "/outcome"), json=report(analysis_id))
    key = keys.outcome(service.user_id, broken)
    stored, modified = service.bucket.objects[key]
    metadata = {name: value for name, value in stored.metadata.items() if name != missing}
    service.bucket.objects[key] = (StoredObject(stored.body, "e", metadata, stored.size), modified)
    service.wiring.completion._waiting.clear()
    await service.redis.flushall()
    await service.wiring.sweeper.sweep()
    assert list(service.accounts.settled) == [whole]
    listed = await service.client.get(f"/v1/users/{service.user_id}/analyses")
    assert [item["id"] for item in listed.json()["items"]] == [whole]


async def test_one_unreadable_analysis_of_a_deletion_is_removed_all_the_same(
    service: Service,
) -> None:
    service.wiring.removals._once_more_s = -1
    analysis_id = await service.accept()
    await service.wiring.removals.begin(service.user_id, analysis_id)
    await service.bucket.put(keys.pending(service.user_id, analysis_id), b"no JSON")
    await service.wiring.sweeper.sweep()
    assert not service.left()


async def test_one_unreadable_removal_stops_no_other(
    service: Service,
) -> None:
    service.wiring.removals._once_more_s = -1
    broken = keys.removal(0)
    await service.bucket.put(broken, b"[]")
    analysis_id = await service.accept()
    await service.wiring.removals.begin(service.user_id, analysis_id)
    for _ in range(2):
        await service.wiring.sweeper.sweep()
    assert not service.left()
    assert service.bucket.gets.count(broken) == 1


async def test_one_unreadable_dead_letter_hides_no_other(service: Service) -> None:
    error = {"code": "timeout", "title": "Slow", "detail": "", "attempts": 1}
    dead = [await service.accept() for _ in range(2)]
    for analysis_id in dead:
        await service.finish(analysis_id, status="failed", result=None, error=error)
    await service.bucket.put(keys.dead_letter("", dead[0]), b"{}")
    shown = (await service.client.get("/v1/dead-letters")).json()["items"]
    assert [item["id"] for item in shown] == [dead[1]]


async def test_an_outcome_of_the_first_version_is_listed_with_its_summary(service: Service) -> None:
    """It left error, attempts and summary to the body."""
    analysis_id = await service.accept()
    await service.finish(analysis_id, result={"faces": [{}], "attempts": [{}, {}]})
    key = keys.outcome(service.user_id, analysis_id)
    stored, modified = service.bucket.objects[key]
    old = {
        name: value
        for name, value in stored.metadata.items()
        if name not in ("attempts", "summary", "error")
    }
    service.bucket.objects[key] = (StoredObject(stored.body, "e", old, stored.size), modified)
    (item,) = (await service.client.get(f"/v1/users/{service.user_id}/analyses")).json()["items"]
    assert (item["result"], item["summary"]["faces"], item["attempts"]) == (None, 1, 2)


async def test_function_settings_of_a_later_version_are_kept_to_what_is_known(
    service: Service,
) -> None:
    await service.bucket.put(keys.FUNCTION, b'{"memory_mb": 256, "of_later": true}')
    found = (await service.client.get("/v1/function")).json()
    assert found["memory_mb"] == 256
    assert "of_later" not in found


async def test_a_report_of_a_later_version_is_taken(service: Service) -> None:
    analysis_id = await service.accept()
    given = with_more(report(analysis_id))
    answer = await service.client.put(service.url(analysis_id, "/outcome"), json=given)
    assert answer.status_code == 201
    # A submission is held to the contract: what is not understood would not be done.
    refused = await service.client.put(
        service.url(ids.new_id("an")), json=submission(of_later=True)
    )
    assert refused.status_code == 422


def test_the_metadata_of_an_outcome_fits_into_s3(service: Service) -> None:
    names = [{"name": "é" * 60, "confidence": 1.0} for _ in range(40)]
    colors = [{"hex": "#513f2c"} for _ in range(40)]
    found = {"labels": names, "colors": colors, "image": {"width": 4000, "height": 3000}}
    bodies = [
        ("succeeded", found),
        ("failed", {"error": FAILURE | {"detail": "é" * 5000}, "attempts": [ATTEMPT] * 10}),
    ]
    for status, body in bodies:
        outcome = Outcome.of_body(
            status,
            "2026-11-01T00:00:00.000Z",
            "2026-11-01T00:00:01.000Z",  # type: ignore[arg-type]
            Metering(
                billed_ms=900_000,
                duration_ms=123456.789,
                init_ms=12345.678,
                memory_mb=10_240,
                gb_seconds=9000.1234,
                engine_calls=100,
            ),
            body,
        )
        for length in (10, 300, 1000):
            given = json.loads(json.dumps(INTENT)) | {"request_id": "r" * length}
            _, metadata = outcome.encode(Intent.model_validate(given))
            written = metadata | {"writer": "0" * 16}
            assert sum(len(name) + len(value) for name, value in written.items()) <= 2048
