"""Who gets in."""

import base64
import json
import time

import httpx2
import jwt
import pytest
from aiohttp.test_utils import TestServer
from conftest import Gateway
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fakes import REFUSED_GRANT, FakeUsers
from sightline_contracts import loader

from gateway.settings import Settings

PUBLISHED_WITHIN_S = 60
"""For so long a replica of user-service may go on publishing the keys that it has read."""


def refused(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_of_user_service_gets_in(gateway: Gateway) -> None:
    answer = await gateway.client.get("/v1/me", headers=gateway.auth())
    assert (answer.status_code, answer.json()["id"]) == (200, gateway.user_id)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"iss": "somebody"},
        {"aud": "other"},
        {"exp": None},
        {"sub": None},
        {"jti": None},
        {"typ": "jwt"},
        {"kid": "key-2"},
        {"kid": ""},
    ],
    ids=str,
)
async def test_a_token_that_is_not_meant_for_us_is_refused(
    gateway: Gateway, changes: dict[str, object]
) -> None:
    refused(await gateway.client.get("/v1/me", headers=gateway.auth(**changes)))
    assert not gateway.results.analyses


def _forged(gateway: Gateway) -> list[str]:
    now = int(time.time())
    claims = {
        "iss": "sightline",
        "aud": "sightline-api",
        "sub": gateway.user_id,
        "iat": now,
        "exp": now + 900,
        "jti": "j",
        "scope": "analyses:read",
    }
    header = {"kid": "key-1", "typ": "at+jwt"}
    public = gateway.users.keys["key-1"].public_key()
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    good = gateway.users.token(gateway.user_id)
    head, body, signature = good.split(".")

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return [
        jwt.encode(claims, Ed25519PrivateKey.generate(), algorithm="EdDSA", headers=header),
        jwt.encode(claims, raw, algorithm="HS256", headers=header),
        f"{part({'alg': 'none', **header})}.{part(claims)}.",
        f"{head}.{part({**claims, 'scope': 'admin'})}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{good}.x",
        "x" * 5000,
        "é",
    ]


async def test_no_forged_token_gets_in(gateway: Gateway) -> None:
    forged = _forged(gateway)
    for token in forged:
        headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
        refused(await gateway.client.get("/v1/me", headers=headers))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "Token x"])
async def test_other_schemes_are_refused(gateway: Gateway, value: str) -> None:
    refused(await gateway.client.get("/v1/me", headers={"Authorization": value}))


async def test_no_credentials_are_refused(gateway: Gateway) -> None:
    refused(await gateway.client.get("/v1/analyses"))


async def test_unknown_key_ids_cost_one_fetch_an_interval(gateway: Gateway) -> None:
    for number in range(20):
        refused(await gateway.client.get("/v1/me", headers=gateway.auth(kid=f"k{number}")))
    assert gateway.users.jwks_fetches <= 2


async def test_a_token_is_verified_once_for_each_key(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = []
    decode = jwt.decode

    def counting(token: str, *given: object, **named: object) -> object:
        verified.append(token)
        return decode(token, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr("gateway.admission.credentials.jwt.decode", counting)
    headers = gateway.auth()
    for _ in range(3):
        assert (await gateway.client.get("/v1/me", headers=headers)).status_code == 200
    assert len(verified) == 1
    _keys_are_old(gateway)
    assert (await gateway.client.get("/v1/me", headers=headers)).status_code == 200
    assert len(verified) == 2, "the keys have been fetched anew"


async def test_a_token_that_was_verified_is_refused_when_it_ends(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    headers = gateway.auth(exp=int(now) + 5)
    assert (await gateway.client.get("/v1/me", headers=headers)).status_code == 200
    monkeypatch.setattr("gateway.admission.credentials.time.time", lambda: now + 5)
    answer = await gateway.client.get("/v1/me", headers=headers)
    refused(answer)
    assert answer.json()["detail"] == "The access token has expired."


async def test_a_token_that_was_verified_is_refused_when_its_key_is_gone(gateway: Gateway) -> None:
    headers = gateway.auth()
    assert (await gateway.client.get("/v1/me", headers=headers)).status_code == 200
    gateway.users.keys["another"] = gateway.users.keys.pop("key-1")
    _keys_are_old(gateway)
    refused(await gateway.client.get("/v1/me", headers=headers))


def _keys_are_old(gateway: Gateway) -> None:
    gateway.wiring.credentials._jwks._fetched_at = float("-inf")


async def test_an_api_key_gets_in_with_its_scopes(gateway: Gateway) -> None:
    gateway.users.api_keys["slk_x_y"] = {
        "user_id": gateway.user_id,
        "key_id": "ak_1",
        "scopes": ["analyses:read"],
    }
    headers = {"X-API-Key": "slk_x_y"}
    assert (await gateway.client.get("/v1/analyses", headers=headers)).status_code == 200
    forbidden = await gateway.client.post("/v1/analyses", headers=headers, json={})
    assert (forbidden.status_code, forbidden.json()["type"]) == (
        403,
        "/problems/insufficient-scope",
    )
    refused(await gateway.client.get("/v1/analyses", headers={"X-API-Key": "slk_x_z"}))


async def test_the_end_of_an_api_key_is_felt_within_half_a_minute(gateway: Gateway) -> None:
    gateway.users.api_keys["slk_x_y"] = {
        "user_id": gateway.user_id,
        "key_id": "ak_1",
        "scopes": ["analyses:read"],
    }
    headers = {"X-API-Key": "slk_x_y"}
    assert (await gateway.client.get("/v1/analyses", headers=headers)).status_code == 200
    gateway.users.api_keys.clear()
    assert (await gateway.client.get("/v1/analyses", headers=headers)).status_code == 200
    known = gateway.wiring.credentials._api_keys
    heard_at, principal = known["slk_x_y"]
    known["slk_x_y"] = (heard_at - 30, principal)
    refused(await gateway.client.get("/v1/analyses", headers=headers))


async def test_a_redirect_to_other_keys_is_not_followed(gateway: Gateway) -> None:
    followed = FakeUsers()
    async with TestServer(followed.app) as elsewhere:
        gateway.users.redirects_keys_to = str(elsewhere.make_url("/.well-known/jwks.json"))
        token = followed.token(gateway.user_id)
        headers = {"Authorization": f"Bearer {token}"}
        answer = await gateway.client.get("/v1/me", headers=headers)
    assert (answer.status_code, followed.jwks_fetches) == (502, 0)


async def test_a_new_key_is_known_before_it_signs() -> None:
    """A gateway that has just fetched the keys asks again in time, whatever tokens come."""
    lead_s = loader.sla("user-service").settings["signing_key_lead_s"]
    settings = Settings()
    asked_again_s = settings.jwks_max_age_s + settings.jwks_min_interval_s
    assert lead_s >= PUBLISHED_WITHIN_S + asked_again_s


async def test_keys_of_a_suspended_user_are_told_why(gateway: Gateway) -> None:
    gateway.users.api_keys["slk_x_y"] = {"suspended": True}
    answer = await gateway.client.get("/v1/analyses", headers={"X-API-Key": "slk_x_y"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/suspended")


async def test_a_suspended_user_can_submit_nothing_with_a_token_that_lives_on(
    gateway: Gateway,
) -> None:
    gateway.users.quota, gateway.users.refusal = 0, "suspended"
    answer = await gateway.submit()
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/suspended")
    assert gateway.results.analyses == {}


async def test_a_refused_grant_keeps_its_rfc_6749_body(gateway: Gateway) -> None:
    answer = await gateway.client.post("/v1/oauth/token", data={"grant_type": "magic"})
    assert (answer.status_code, answer.json()) == (400, REFUSED_GRANT)
    assert answer.headers["Cache-Control"] == "no-store"
