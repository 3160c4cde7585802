"""The contracts themselves are well-formed, and the loader reads them."""

import json
from datetime import UTC, datetime

import jsonschema_rs
import pytest
from openapi_spec_validator import validate

from sightline_contracts import cursors, events, ids, loader
from sightline_contracts.problems import InvalidRequest

SERVICES = ("gateway", "user-service", "result-service", "image-service")
DATA = {
    "analysis_id": "an_01k8zzzzzzzzzzzzzzzzzzzzzz",
    "user_id": "us_01k8zzzzzzzzzzzzzzzzzzzzzz",
    "created_at": "2026-11-01T00:00:00.000Z",
    "input": {"kind": "upload", "image_url": None, "operations": ["hash"], "engine": "auto"},
}


@pytest.mark.parametrize("service", SERVICES)
def test_an_openapi_document_is_valid_and_all_its_errors_are_problems(service: str) -> None:
    document = loader.openapi(service)
    assert document["openapi"].startswith("3.1")
    validate(document)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for status, answer in operation["responses"].items():
                # RFC 6749 and the vendors have errors of their own.
                oauth = path.startswith("/v1/oauth") and status == "400"
                if int(status) >= 400 and not oauth and not path.startswith("/compat/"):
                    assert list(answer["content"]) == ["application/problem+json"], (method, path)


@pytest.mark.parametrize("event", [events.REQUESTED, events.COMPLETED])
def test_an_event_schema_is_valid(event: str) -> None:
    jsonschema_rs.meta.validate(loader.event_schema(event))


@pytest.mark.parametrize("service", SERVICES)
def test_an_sla_names_operations_that_the_service_has(service: str) -> None:
    sla = loader.sla(service)
    paths = loader.openapi(service)["paths"]
    for key in sla.operations:
        method, path = key.split(" ")
        assert method.lower() in paths[path], key
    for one in sla.objectives:
        method, _, path = (one.operation or "").partition(" ")
        assert not path or method.lower() in paths[path], one


def test_an_operation_is_found_by_its_path() -> None:
    sla = loader.sla("result-service")
    path = "/v1/users/us_1/analyses/an_1/upload"
    assert sla.operation("PUT", path).body_limit_bytes > sla.default.body_limit_bytes
    assert sla.operation("GET", path) == sla.default
    assert sla.operation("PUT", path + "/more") == sla.default


def test_an_event_comes_back_as_it_was() -> None:
    text = events.dump(events.REQUESTED, "test", DATA["analysis_id"], DATA)
    event = events.load(text, events.REQUESTED)
    assert event["data"] == DATA
    assert (event["specversion"], event["source"]) == ("1.0", "/test")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "1",
        "{}",
        '{"type": "analysis.completed", "data": {}}',
        '{"type": "analysis.requested"}',
        '{"type": "analysis.requested", "data": {}}',
        json.dumps({"type": "analysis.requested", "data": {**DATA, "user_id": "us_x"}}),
    ],
)
def test_a_message_outside_the_contract_is_refused(text: str) -> None:
    with pytest.raises(events.InvalidEvent):
        events.load(text, events.REQUESTED)


def test_an_event_outside_the_contract_is_not_written() -> None:
    wrong = {**DATA, "input": {**DATA["input"], "operations": ["emotions"]}}  # type: ignore[dict-item]
    with pytest.raises(events.InvalidEvent, match="/input/operations/0"):
        events.dump(events.REQUESTED, "test", "an", wrong)


def test_ids_sort_by_time_and_are_recognised() -> None:
    made = [ids.new_id("an") for _ in range(3)]
    assert all(ids.is_id("an", one) for one in made)
    assert not ids.is_id("us", made[0])
    assert not ids.is_id("an", made[0] + "\n")
    assert ids.milliseconds_of(made[0]) <= ids.milliseconds_of(made[2])


def test_a_cursor_comes_back_and_nothing_else_does() -> None:
    made = ids.new_id("an")
    assert cursors.decode(cursors.encode(made), "an") == made
    for wrong in ("", "x", "====", "é", cursors.encode("us_1"), cursors.encode(made) + "!"):
        with pytest.raises(InvalidRequest):
            cursors.decode(wrong, "an")


def test_an_id_from_after_the_calendars_end_has_a_time_that_can_be_written() -> None:
    made = datetime.fromtimestamp(ids.milliseconds_of(f"an_7{'z' * 25}") / 1000, UTC)
    assert ids.rfc3339(made) == "9999-01-01T00:00:00.000Z"
