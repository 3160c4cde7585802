"""Links that are mailed: what the gateway hands on, and how often it does."""

import httpx2
import pytest
from conftest import Gateway
from sightline_contracts import loader

pytestmark = pytest.mark.both_servers

SETTINGS = loader.sla("gateway").settings
EMAIL = "ada@example.test"
RESETS = "/v1/password-resets"


async def ask(gateway: Gateway, email: str = EMAIL, **headers: str) -> httpx2.Response:
    return await gateway.client.post(RESETS, json={"email": email}, headers=headers)


async def test_typical_journey(gateway: Gateway) -> None:
    options = (await gateway.client.get("/v1/sign-in-options")).json()
    assert options == {"password_reset": True, "email_verification": True}
    answer = await ask(gateway, **{"Accept-Language": "de-DE, en;q=0.5"})
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert gateway.users.asked_for_mail == [EMAIL]
    assert gateway.users.seen_headers["X-Client-Languages"] == "de-DE, en;q=0.5"
    body = {"token": "right", "password": "another horse"}
    assert (await gateway.client.post(f"{RESETS}/redeem", json=body)).status_code == 204


async def test_an_address_is_proved(gateway: Gateway) -> None:
    ask = "/v1/me/email-verification"
    assert (await gateway.client.post(ask)).status_code == 401
    assert (await gateway.client.post(ask, headers=gateway.auth())).status_code == 202
    assert gateway.users.asked_for_mail == [gateway.user_id]
    redeem = "/v1/email-verifications/redeem"
    assert (await gateway.client.post(redeem, json={"token": "right"})).status_code == 204


@pytest.mark.parametrize("what", ["password-resets", "email-verifications"])
async def test_a_link_that_was_used_is_told(gateway: Gateway, what: str) -> None:
    body = {"token": "used"} | ({"password": "x" * 9} if what == "password-resets" else {})
    answer = await gateway.client.post(f"/v1/{what}/redeem", json=body)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/link-not-valid")


async def test_an_account_is_mailed_a_few_times_from_wherever_it_is_asked(gateway: Gateway) -> None:
    allowed = int(SETTINGS["mail_account_burst"])
    answers = [await ask(gateway, one) for one in [EMAIL, EMAIL.upper(), f" {EMAIL}"] * 2]
    assert [one.status_code for one in answers] == [202] * allowed + [429] * (6 - allowed)
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert len(gateway.users.asked_for_mail) == allowed
    assert (await ask(gateway, "somebody@example.test")).status_code == 202


async def test_a_client_has_a_few_addresses_mailed(gateway: Gateway) -> None:
    allowed = int(SETTINGS["mail_address_burst"])
    answers = [await ask(gateway, f"{n}@example.test") for n in range(allowed + 2)]
    assert [one.status_code for one in answers] == [202] * allowed + [429] * 2


async def test_mails_and_sign_ins_are_counted_apart(gateway: Gateway) -> None:
    for _ in range(int(SETTINGS["mail_account_burst"]) + 1):
        await ask(gateway)
    who = {"email": EMAIL, "password": "correct horse"}
    assert (await gateway.client.post("/v1/session", json=who)).status_code == 200


async def test_redis_is_told_no_address(gateway: Gateway) -> None:
    await ask(gateway)
    keys = [key async for key in gateway.redis.scan_iter("*")]
    assert sum("mailed:" in key for key in keys) == 1
    assert [key for key in keys if "ada" in key] == []


async def test_without_a_mail_server_it_says_so(gateway: Gateway) -> None:
    gateway.users.sends_mail = False
    options = (await gateway.client.get("/v1/sign-in-options")).json()
    assert options == {"password_reset": False, "email_verification": False}
    for answer in (
        await ask(gateway),
        await gateway.client.post("/v1/me/email-verification", headers=gateway.auth()),
    ):
        assert answer.status_code == 409
        assert answer.json()["type"] == "/problems/mail-not-configured"
