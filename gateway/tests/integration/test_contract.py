"""Answers of the services behind the gateway, held against their contract."""

import json
from typing import Any

import pytest
from conftest import Gateway
from prometheus_client import REGISTRY
from sightline_contracts import ids
from sightline_contracts.problems import MEDIA_TYPE
from structlog.testing import capture_logs

from gateway.upstream.contract import Contract

USER = f"/v1/users/{ids.new_id('us')}"
GOOD = {"id": "us_1", "email": "a@b.test", "display_name": None, "created_at": "x", "scopes": []}

PROBLEM = dict.fromkeys(("type", "title", "detail", "instance", "request_id"), "x") | {
    "status": 404
}


def read(
    body: Any,
    *,
    method: str = "GET",
    path: str = USER,
    status: int = 200,
    media_type: str = "application/json",
) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Contract("user-service").read(method, path, status, media_type, raw)


def test_an_answer_within_the_contract_is_read() -> None:
    assert read(GOOD) == (GOOD, None)
    assert read(GOOD, media_type="Application/JSON; charset=utf-8") == (GOOD, None)
    for media_type in ("", "application/json"):  # some say of nothing what it would be
        assert read(b"", method="DELETE", status=204, media_type=media_type) == (None, None)


def test_a_field_that_is_not_known_yet_is_passed_over() -> None:
    record = {"members": [{"index": 0, "later": 1}], "later": 1}
    path = f"{USER}/batches/{ids.new_id('ba')}"
    answer = json.dumps(record).encode()
    read = Contract("result-service").read
    assert read("PUT", path, 200, "application/json", answer) == (record, None)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"body": {name: GOOD[name] for name in GOOD if name != "email"}}, ""),
        ({"body": {**GOOD, "email": 7}}, "/email"),
        ({"body": {**GOOD, "scopes": ["account", 7]}}, "/scopes/1"),
        ({"body": {**GOOD, "display_name": {}}}, "/display_name"),
        ({"body": []}, ""),
        ({"body": b"{"}, ""),
        ({"body": b""}, ""),
        ({"body": b"<html>", "media_type": "text/html"}, ""),
        ({"body": GOOD, "media_type": ""}, ""),
        ({"body": GOOD, "status": 203}, ""),
        ({"body": GOOD, "status": 500}, ""),
        ({"body": GOOD, "method": "PUT"}, ""),
        ({"body": GOOD, "path": f"{USER}/unknown"}, ""),
        ({"body": {**PROBLEM, "type": 7}, "status": 404, "media_type": MEDIA_TYPE}, "/type"),
        ({"body": b"no body", "method": "DELETE", "status": 204, "media_type": "text/plain"}, ""),
    ],
)
def test_an_answer_outside_the_contract_is_found(given: dict[str, Any], pointer: str) -> None:
    _, violation = read(**given)
    assert violation is not None
    assert violation.pointer.startswith(pointer)
    assert "7" not in violation.reason, "nothing of the body is told"


async def test_a_client_sees_nothing_of_a_malformed_answer(gateway: Gateway) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    gateway.results.analyses[gateway.user_id, analysis_id]["attempts"] = "secret"
    operation = "GET /v1/users/{user_id}/analyses/{analysis_id}"
    labels = {"provider": "result-service", "operation": operation}
    before = REGISTRY.get_sample_value("contract_violations_total", labels) or 0.0
    with capture_logs() as logged:
        path = f"/v1/analyses/{analysis_id}"
        answer = await gateway.client.get(path, headers=gateway.auth())
    assert (answer.status_code, answer.json()["type"]) == (502, "/problems/contract-violation")
    assert "secret" not in answer.text
    assert REGISTRY.get_sample_value("contract_violations_total", labels) == before + 1
    [line] = [one for one in logged if one["event"] == "contract_violation"]
    assert (line["provider"], line["operation"], line["pointer"]) == (
        "result-service",
        operation,
        "/attempts",
    )
    assert "secret" not in str(line)
