"""What comes from the queue, before anything is done with it."""

import json
from typing import Any

import pytest
from sightline_contracts import events, ids

from image_service.queue.message import parse


def fields(event: dict[str, Any] | None = None, **data: Any) -> dict[str, str]:
    given = {"kind": "upload", "image_url": None, "operations": ["hash"], "engine": "auto"}
    data = {
        "analysis_id": ids.new_id("an"),
        "user_id": ids.new_id("us"),
        "created_at": ids.now(),
        "input": given,
        **data,
    }
    envelope = {"type": events.REQUESTED, "requestid": "abc", "data": data, **(event or {})}
    return {"event": json.dumps(envelope)}


def test_an_event_becomes_a_message() -> None:
    message = parse("1-0", fields())
    assert (message.request_id, message.image_url, message.operations) == ("abc", None, ["hash"])
    assert 0 <= message.age_s() < 5


def test_an_event_with_fields_more_is_a_message() -> None:
    given = {"kind": "upload", "image_url": None, "operations": ["hash"], "engine": "auto"}
    message = parse("1-0", fields({"partitionkey": "x"}, more=1, input={**given, "more": 1}))
    assert message.operations == ["hash"]


def test_an_attempt_is_read_whichever_version_wrote_it() -> None:
    """As it is reported: result-service takes no field more, and no field less."""
    more = {
        "number": 1,
        "started_at": "then",
        "duration_ms": 1.5,
        "outcome": "timeout",
        "init_ms": 2.0,
        "max_memory_mb": 3.0,
        "region": "eu",
    }
    less = {"number": 2, "started_at": "then", "duration_ms": 1.5, "outcome": "timeout"}
    first, second = parse("1-0", fields(attempts=[more, less])).attempts
    assert first == {name: value for name, value in more.items() if name != "region"}
    assert second == {**less, "init_ms": 0.0, "max_memory_mb": 0.0}


@pytest.mark.parametrize("created_at", ["yesterday", "", "2026-01-01T00:00:00"])
def test_a_time_that_is_no_point_in_time_is_outside_the_contract(created_at: str) -> None:
    with pytest.raises(events.InvalidEvent):
        parse("1-0", fields(created_at=created_at))


@pytest.mark.parametrize("request_id", ["a\r\nX-Evil: 1", "", 7, None, "x" * 65])
def test_a_request_id_that_fits_in_no_header_is_left_out(request_id: Any) -> None:
    message = parse("1-0", fields({"requestid": request_id, "traceparent": request_id}))
    assert (message.request_id, message.traceparent) == ("-", None)
