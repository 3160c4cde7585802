"""Filters of a list: read here, passed on as they are."""

import pytest
from conftest import Gateway


async def test_filters_are_passed_on(gateway: Gateway) -> None:
    asked = {
        "limit": "5",
        "status": "succeeded",
        "label": "Hot Dog",
        "text": "invoice & more",
        "face_count": "1..",
        "has_code": "false",
        "from": "2026-11-01T00:00:00+01:00",
        "to": "2026-11-28T12:00:00.5Z",
        "q": "été",
    }
    answer = await gateway.client.get("/v1/analyses", params=asked, headers=gateway.auth())
    assert answer.status_code == 200, answer.text
    assert gateway.results.listed == [asked]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"face_count": "3..1"}, "/face_count"),
        ({"face_count": "1..x"}, "/face_count"),
        ({"has_code": "1"}, "/has_code"),
        ({"from": "yesterday"}, "/from"),
        ({"to": "2026-02-30T00:00:00Z"}, "/to"),
        ({"label": ""}, "/label"),
        ({"text": "x" * 201}, "/text"),
        ({"status": "over"}, "/status"),
    ],
)
async def test_what_cannot_be_read_goes_no_further(
    gateway: Gateway, query: dict[str, str], pointer: str
) -> None:
    answer = await gateway.client.get("/v1/analyses", params=query, headers=gateway.auth())
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert gateway.results.listed == []


async def test_similar_ones_are_the_callers_own(gateway: Gateway) -> None:
    first, second = [(await gateway.submit()).json()["id"] for _ in range(2)]
    path = f"/v1/analyses/{first}/similar"
    answer = await gateway.client.get(path, params={"limit": 7}, headers=gateway.auth())
    assert answer.status_code == 200, answer.text
    (one,) = answer.json()["items"]
    assert (one["analysis"]["id"], one["similarity"]) == (second, 0.93)
    assert gateway.results.listed == [{"limit": "7"}]
    for query, status in (({"limit": 0}, 422), ({"limit": 101}, 422)):
        refused = await gateway.client.get(path, params=query, headers=gateway.auth())
        assert refused.status_code == status
    assert (await gateway.client.get(path)).status_code == 401
