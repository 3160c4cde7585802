"""Every error has one shape (RFC 9457)."""

import httpx2
import pytest


async def test_a_problem_carries_what_it_was_given(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/teapot")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("9", "no-store")
    body = answer.json()
    assert body.pop("request_id")
    assert body == {
        "type": "/problems/teapot",
        "title": "No coffee here",
        "status": 418,
        "detail": "Try tea.",
        "instance": "/teapot",
        "hint": "tea",
    }


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": 1}, "/name"),
        ({}, "/name"),
        ({"name": "a", "x": 1}, "/x"),
        ({"name": "a", "parts": [1, "2"]}, "/parts/1"),
        ({"name": "a", "a/b": 1}, "/a~1b"),
        ([], ""),
    ],
)
async def test_an_invalid_body_is_pointed_into(
    client: httpx2.AsyncClient, body: object, pointer: str
) -> None:
    answer = await client.post("/things", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 90, "application/json", 400),
        (b"{}", "text/plain", 415),
    ],
)
async def test_what_cannot_be_read_is_not_a_422(
    client: httpx2.AsyncClient, content: bytes, media_type: str, status: int
) -> None:
    answer = await client.post("/things", content=content, headers={"Content-Type": media_type})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/no", 404), ("PUT", "/livez", 405)]
)
async def test_the_frameworks_own_errors_are_problems_too(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        status,
        "application/problem+json",
    )
    assert answer.json()["instance"] == path
