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
