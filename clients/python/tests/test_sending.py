"""What is sent again, and what never is."""

import json

import pytest
from stub import Asked, Stub, analysis, ok, problem

from sightline import AsyncClient, Client, errors


def test_what_passes_by_itself_is_asked_again(stub: Stub) -> None:
    busy = problem(503, "overloaded", Retry_After="0")
    stub.on("GET /v1/analyses/an_1", busy, busy, ok(analysis()))
    with Client(stub.url, api_key="slk_1") as client:
        assert client.get("an_1")["status"] == "succeeded"
    assert [one.headers["X-API-Key"] for one in stub.asked] == ["slk_1"] * 3


def test_not_more_often_than_wanted(stub: Stub) -> None:
    stub.on("GET /v1/analyses/an_1", problem(503, "unavailable"))
    with Client(stub.url, retries=2) as client, pytest.raises(errors.Unavailable) as raised:
        client.get("an_1")
    assert (len(stub.asked), raised.value.status) == (3, 503)
    assert str(raised.value) == "It is unavailable."


@pytest.mark.parametrize(
    ("status", "slug", "kind"),
    [
        (404, "not-found", errors.NotFound),
        (422, "invalid-request", errors.InvalidRequest),
        (429, "quota-exceeded", errors.QuotaExceeded),
        (429, "budget-exceeded", errors.QuotaExceeded),
        (403, "suspended", errors.Suspended),
        (403, "new-kind-of-no", errors.InsufficientScope),
        (418, "teapot", errors.ApiError),
    ],
)
def test_what_stays_is_told_at_once_as_what_it_is(
    stub: Stub, status: int, slug: str, kind: type[errors.ApiError]
) -> None:
    stub.on("GET /v1/me", problem(status, slug, Retry_After="0"))
    with Client(stub.url) as client, pytest.raises(errors.ApiError) as raised:
        client.me()
    assert type(raised.value) is kind
    assert (len(stub.asked), raised.value.type) == (1, f"/problems/{slug}")


def test_a_wait_that_is_too_long_is_the_callers(stub: Stub) -> None:
    stub.on("GET /v1/me", problem(429, "rate-limited", Retry_After="60"))
    with Client(stub.url) as client, pytest.raises(errors.RateLimited) as raised:
        client.me()
    assert (len(stub.asked), raised.value.retry_after_s) == (1, 60)


def test_what_could_be_made_twice_is_sent_once(stub: Stub) -> None:
    stub.on("POST /v1/me/api-keys", problem(503, "unavailable"))
    with Client(stub.url) as client, pytest.raises(errors.Unavailable):
        client.make_api_key("k", ["account"])
    assert len(stub.asked) == 1


def test_a_submission_is_sent_again_with_the_same_key(stub: Stub) -> None:
    stub.on("POST /v1/analyses", problem(502, "upstream-failed"), ok(analysis(), 202))
    with Client(stub.url) as client:
        client.submit("http://pictures.test/a.png", operations=["faces"], min_confidence=None)
    first, second = stub.asked
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert json.loads(second.body) == {
        "image_url": "http://pictures.test/a.png",
        "operations": ["faces"],
    }


def test_an_access_token_that_has_ended_is_renewed_once(stub: Stub) -> None:
    tokens = {"access_token": "new", "refresh_token": "next"}

    def me(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        good = asked.headers["Authorization"] == "Bearer new"
        return ok({"id": "us_1"}) if good else problem(401, "unauthorized")

    stub.on("GET /v1/me", me)
    stub.on("POST /v1/oauth/token", ok(tokens))
    with Client(stub.url, access_token="old") as client:
        client.settings.refresh_token = "kept"
        assert client.me()["id"] == "us_1"
        assert client.settings.refresh_token == "next"
    assert b"refresh_token=kept" in stub.asked[1].body
    assert "Authorization" not in stub.asked[1].headers


def test_a_password_that_is_not_right_is_told(stub: Stub) -> None:
    said = {"error": "invalid_grant", "error_description": "That is not right."}
    stub.on("POST /v1/oauth/token", ok(said, 400))
    with Client(stub.url) as client, pytest.raises(errors.SignInFailed, match="That is not right"):
        client.sign_in("a@example.test", "wrong")


async def test_both_clients_do_the_same(stub: Stub) -> None:
    stub.on("GET /v1/analyses/an_1", problem(503, "overloaded", Retry_After="0"), ok(analysis()))
    async with AsyncClient(stub.url) as client:
        assert (await client.get("an_1"))["id"] == "an_1"
    assert len(stub.asked) == 2


async def test_nobody_there_is_told_by_both() -> None:
    with Client("http://127.0.0.1:9", retries=1) as client, pytest.raises(errors.ConnectionFailed):
        client.status()
    async with AsyncClient("http://127.0.0.1:9", retries=1) as other:
        with pytest.raises(errors.ConnectionFailed):
            await other.status()
