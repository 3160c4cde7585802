"""What result-service needs of user-service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pact import match
from sightline_testing.pacts import ANALYSIS, USER, Call, Scenario, State, Written, problem

from result_service.accounts.user_service import UserService
from result_service.errors import NoQuotaLeft, NoSuchAnalysis
from result_service.models.analyses import Input, Intent, Metering
from result_service.outcomes.outcome import End, Outcome

PACT = Written("result-service", "user-service")
RESERVATION = f"/v1/users/{USER}/reservations/{ANALYSIS}"
HELD = State("a user who has reserved an analysis", {"user_id": USER, "analysis_id": ANALYSIS})
NOBODY = State("no such user", {"user_id": USER})
ENDED_AT = "2026-11-01T00:00:01.000Z"
METERING = {
    "billed_ms": 61,
    "duration_ms": 60.4,
    "init_ms": 0.0,
    "memory_mb": 512,
    "gb_seconds": 0.0305,
    "engine_calls": 0,
}
SETTLEMENT = {
    "analyses": [
        {
            "user_id": USER,
            "analysis_id": ANALYSIS,
            "finished_at": ENDED_AT,
            "status": "succeeded",
            "metering": METERING,
        }
    ]
}


def end() -> End:
    intent = Intent(
        analysis_id=ANALYSIS,
        user_id=USER,
        created_at=ENDED_AT,
        request_id="r",
        input=Input(kind="upload", operations=["hash"], engine="auto"),
    )
    metering = Metering.model_validate(METERING)
    outcome = Outcome.of_body("succeeded", ENDED_AT, ENDED_AT, metering, {})
    return End(intent, outcome)


@PACT.calls(
    Call(
        "a settlement of an analysis that has ended",
        "POST",
        "/v1/settlements",
        200,
        HELD,
        body=SETTLEMENT,
        answer={"settled": [ANALYSIS], "unknown": []},
    )
)
async def what_has_ended_is_billed(users: UserService) -> None:
    assert await users.settle([end()]) == {ANALYSIS}


@PACT.calls(
    Call(
        "a settlement for a user who is gone",
        "POST",
        "/v1/settlements",
        200,
        NOBODY,
        body=SETTLEMENT,
        answer={"settled": [], "unknown": [ANALYSIS]},
    )
)
async def who_is_gone_owes_nothing(users: UserService) -> None:
    assert await users.settle([end()]) == {ANALYSIS}


@PACT.calls(
    Call(
        "a reservation",
        "PUT",
        RESERVATION,
        201,
        State("a user", {"user_id": USER}),
    )
)
async def a_unit_of_quota_is_held(users: UserService) -> None:
    await users.reserve(USER, ANALYSIS)


@PACT.calls(Call("a reservation that is held already", "PUT", RESERVATION, 200, HELD))
async def a_unit_that_is_held_already_is_held(users: UserService) -> None:
    await users.reserve(USER, ANALYSIS)


@PACT.calls(Call("a reservation for a user who is gone", "PUT", RESERVATION, 404, NOBODY))
async def who_is_gone_gets_no_quota(users: UserService) -> None:
    with pytest.raises(NoSuchAnalysis):
        await users.reserve(USER, ANALYSIS)


@PACT.calls(
    Call(
        "a reservation over the quota",
        "PUT",
        RESERVATION,
        429,
        State("a user whose quota is used up", {"user_id": USER, "analysis_id": ANALYSIS}),
        answer_headers={"Retry-After": match.regex("3600", regex=r"^\d+$")},
        **problem("quota-exceeded"),
    )
)
async def a_used_up_quota_says_when_to_come_again(users: UserService) -> None:
    with pytest.raises(NoQuotaLeft) as refused:
        await users.reserve(USER, ANALYSIS)
    assert refused.value.headers["Retry-After"] == "3600"


@PACT.calls(
    Call(
        "a webhook to sign",
        "POST",
        f"/v1/users/{USER}/webhook-signatures",
        200,
        headers={"webhook-id": "msg_01k9zt5w000000000000000002", "webhook-timestamp": "1762000000"},
        # No body: pact cannot expect one that has no media type, as this has none.
        answer={"signature": match.regex("v1,c2lnbmF0dXJl", regex="^v1,[A-Za-z0-9+/]+=*$")},
    )
)
async def a_webhook_is_signed(users: UserService) -> None:
    message_id = "msg_01k9zt5w000000000000000002"
    signature = await users.sign(USER, message_id, 1762000000, b'{"a":1}')
    assert signature == "v1,c2lnbmF0dXJl"


@asynccontextmanager
async def adapter(url: str) -> AsyncIterator[UserService]:
    users = UserService(url, timeout_s=5)
    try:
        yield users
    finally:
        await users.close()


@pytest.mark.parametrize("scenario", PACT.scenarios, ids=str)
async def test_the_adapter_asks_and_reads_as_the_pact_says(scenario: Scenario) -> None:
    with PACT.answering(scenario) as url:
        async with adapter(url) as users:
            await scenario.drive(users)


def test_the_pact_is_the_committed_one() -> None:
    PACT.check()
