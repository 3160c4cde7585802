"""How certain labels are, and how many there may be: said by a submission, passed on and shown."""

from typing import Any

import pytest
from conftest import Gateway

BODY = {"image_url": "http://pictures.test/a.png", "operations": ["labels"]}
SAID = {"min_confidence": 0.3, "max_labels": 7}


async def submit(gateway: Gateway, said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = await gateway.client.post(
        "/v1/analyses", json={**BODY, **said}, headers=gateway.auth()
    )
    return answer.status_code, answer.json()


async def test_what_a_submission_says_is_passed_on_and_shown(gateway: Gateway) -> None:
    status, body = await submit(gateway, SAID)
    assert (status, body["input"]["min_confidence"], body["input"]["max_labels"]) == (202, 0.3, 7)
    [intent] = gateway.results.submissions.values()
    assert SAID.items() <= intent["input"].items()


async def test_a_form_says_the_same(gateway: Gateway) -> None:
    answer = await gateway.client.post(
        "/v1/analyses",
        files={"image": b"picture"},
        data={"operations": "labels", "min_confidence": "0.3", "max_labels": "7"},
        headers=gateway.auth(),
    )
    assert answer.status_code == 202, answer.text
    [intent] = gateway.results.submissions.values()
    assert SAID.items() <= intent["input"].items()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_confidence", -0.1),
        ("min_confidence", 1.1),
        ("min_confidence", "0.5"),
        ("min_confidence", None),
        ("min_confidence", True),
        ("max_labels", 0),
        ("max_labels", 1001),
        ("max_labels", 1.5),
        ("max_labels", "7"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(gateway: Gateway, name: str, value: Any) -> None:
    status, body = await submit(gateway, {name: value})
    assert (status, body["errors"][0]["pointer"]) == (422, f"/{name}")
    assert gateway.users.reserved == set()


async def test_other_limits_are_another_request(gateway: Gateway) -> None:
    """An Idempotency-Key stands for one request."""
    headers = {**gateway.auth(), "Idempotency-Key": "once"}
    answers = [
        await gateway.client.post("/v1/analyses", json={**BODY, **said}, headers=headers)
        for said in (SAID, SAID, {"min_confidence": 0.3})
    ]
    assert [one.status_code for one in answers[:2]] == [202, 202]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert answers[2].status_code == 422
