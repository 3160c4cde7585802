"""Answers of the services behind the gateway, held against their contract."""

import json
from typing import Any

import pytest
from conftest import Gateway
from multidict import CIMultiDict, CIMultiDictProxy
from prometheus_client import REGISTRY
from sightline_contracts import ids
from sightline_contracts.problems import MEDIA_TYPE
from structlog.testing import capture_logs

from gateway.upstream import contract as contract_module
from gateway.upstream.answers import Answer
from gateway.upstream.contract import Contract

USER = f"/v1/users/{ids.new_id('us')}"
GOOD = {"id": "us_1", "email": "a@b.test", "display_name": None, "created_at": "x", "scopes": []}

PROBLEM = dict.fromkeys(("type", "title", "detail", "instance", "request_id"), "x") | {
    "status": 404
}


def violation(
    body: Any,
    *,
    method: str = "GET",
    path: str = USER,
    status: int = 200,
    media_type: str = "application/json",
) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Contract("user-service").violation(method, path, status, media_type, raw)


def test_an_answer_within_the_contract_is_let_through() -> None:
    assert violation(GOOD) is None
    assert violation(GOOD, media_type="Application/JSON; charset=utf-8") is None
    for media_type in ("", "application/json"):  # some say of nothing what it would be
        assert violation(b"", method="DELETE", status=204, media_type=media_type) is None


def test_a_field_that_is_not_known_yet_is_passed_over() -> None:
    record = {"members": [{"index": 0, "later": 1}], "later": 1}
    path = f"{USER}/batches/{ids.new_id('ba')}"
    answer = json.dumps(record).encode()
    contract = Contract("result-service")
    assert contract.violation("PUT", path, 200, "application/json", answer) is None


def test_an_answer_that_kept_the_contract_is_not_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks, look = [], contract_module._violation
    monkeypatch.setattr(
        contract_module, "_violation", lambda *given: looks.append(given) or look(*given)
    )
    contract, json_type = Contract("user-service"), "application/json"
    same, other = json.dumps(GOOD).encode(), json.dumps({**GOOD, "email": "c@d.test"}).encode()
    for body in (same, same, other, same, other):
        assert contract.violation("GET", USER, 200, json_type, body) is None
    assert len(looks) == 2
    bad = json.dumps({**GOOD, "email": 7}).encode()
    for _ in range(2):
        assert contract.violation("GET", USER, 200, json_type, bad) is not None
    assert len(looks) == 4
    # The same bytes elsewhere are another answer.
    assert contract.violation("GET", f"{USER}/api-keys", 200, json_type, same) is not None
    assert contract.violation("GET", USER, 404, MEDIA_TYPE, same) is not None


def test_of_so_many_answers_it_is_known_that_they_kept_the_contract(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(contract_module, "KNOWN_AT_MOST", 3)
    contract = Contract("user-service")
    for number in range(5):
        body = json.dumps({**GOOD, "email": str(number)}).encode()
        assert contract.violation("GET", USER, 200, "application/json", body) is None
    assert len(contract._known) == 3


def test_a_body_is_decoded_where_it_is_json() -> None:
    def answer(body: bytes, media_type: str) -> Any:
        headers = CIMultiDictProxy(CIMultiDict({"Content-Type": media_type}))
        return Answer(200, headers, body).json()

    assert answer(b'{"a": 1}', "application/json; charset=utf-8") == {"a": 1}
    assert answer(b'{"a": 1}', MEDIA_TYPE) == {"a": 1}
    assert answer(b"", "application/json") is None
    assert answer(b'{"a": 1}', "text/plain") is None


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
    found = violation(**given)
    assert found is not None
    assert found.pointer.startswith(pointer)
    assert "7" not in found.reason, "nothing of the body is told"


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
