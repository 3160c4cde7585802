"""`make trace` finds what belongs together in the logs of all services."""

import json

import httpx2
import pytest
from local.trace import about, tree

from conftest import User, until
from stack.processes import ProcessStack

REQUEST = "one-to-trace"
LINES = [
    {
        "event": "request",
        "service": "gateway",
        "method": "POST",
        "route": "/v1/analyses",
        "path": "/v1/analyses",
        "status": 202,
        "duration_ms": 20.0,
        "held_ms": 80.0,
        "timestamp": "2026-01-01T00:00:00.100Z",
        "request_id": "r1",
    },
    {
        "event": "request",
        "service": "result-service",
        "method": "PUT",
        "route": "/v1/x/{id}",
        "path": "/v1/x/an_1",
        "status": 201,
        "duration_ms": 10.0,
        "timestamp": "2026-01-01T00:00:00.020Z",
        "request_id": "r1",
    },
    {
        "event": "report",
        "service": "image-service",
        "analysis_id": "an_1",
        "outcome": "succeeded",
        "duration_ms": 1030.0,
        "init_ms": 1000.0,
        "timestamp": "2026-01-01T00:00:00.070Z",
        "request_id": "r1",
    },
    {
        "event": "request",
        "service": "gateway",
        "method": "GET",
        "route": "/v1/me",
        "path": "/v1/me",
        "status": 200,
        "duration_ms": 1.0,
        "timestamp": "2026-01-01T00:00:00.050Z",
        "request_id": "r2",
    },
    {
        "event": "started",
        "service": "gateway",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "request_id": "-",
    },
]


@pytest.mark.parametrize("wanted", ["r1", "an_1"])
def test_a_request_or_an_analysis_is_shown_from_its_first_line(wanted: str) -> None:
    found = about(wanted, ["not JSON", "{}", *map(json.dumps, LINES)])
    assert [(line.service, line.depth) for line in found] == [
        ("gateway", 0),
        ("result-service", 1),
        ("image-service", 2),
    ]
    first, *_, last = tree(found)
    assert first.split()[:2] == ["0.0", "100.0"]
    assert last.split()[:2] == ["40.0", "30.0"]
    assert last.endswith("    image-service  report  outcome=succeeded init_ms=1000.0")


def test_an_id_that_nothing_is_about_finds_nothing() -> None:
    assert about("-", map(json.dumps, LINES)) == []
    assert about("r3", map(json.dumps, LINES)) == []


@pytest.mark.processes_only
def test_an_analysis_is_found_in_the_logs_of_all_services(
    stack: ProcessStack, user: User, tiny: bytes
) -> None:
    answer = user.http.post(
        "/v1/analyses",
        headers={**user.headers, "Prefer": "wait=30", "X-Request-Id": REQUEST},
        files={"image": ("a.png", tiny)},
        data={"operations": ["colors"]},
    )
    assert answer.status_code == httpx2.codes.OK, answer.text

    def services() -> set[str] | None:
        lines = [line for file in stack.logs() for line in file.read_text().splitlines()]
        found = {line.service for line in about(answer.json()["id"], lines)}
        return found if len(found) == 4 else None

    assert until(services) == {"gateway", "user-service", "result-service", "image-service"}
