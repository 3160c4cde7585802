"""Who gets in."""

import base64
import json
import time

import httpx2
import jwt
import pytest
from conftest import Gateway
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fakes import REFUSED_GRANT
from redis.asyncio import Redis

from gateway.errors import RateLimited
from gateway.limits import Limiter


def refused(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_of_user_service_gets_in(gateway: Gateway) -> None:
    answer = await gateway.client.get("/v1/me", headers=gateway.auth())
    assert (answer.status_code, answer.json()["id"]) == (200, gateway.user_id)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1}, {"iss": "somebody"}, {"aud": "other"}, {"exp": None}, {"sub": None},
        {"jti": None}, {"typ": "jwt"}, {"kid": "key-2"}, {"kid": ""},
    ],
    ids=str,
)  # fmt: skip
async def test_a_token_that_is_not_meant_for_us_is_refused(
    gateway: Gateway, changes: dict[str, object]
) -> None:
    refused(await gateway.client.get("/v1/me", headers=gateway.auth(**changes)))
    assert not gateway.results.analyses


def _forged(gateway: Gateway) -> list[str]:
    now = int(time.time())
    claims = {"iss": "sightline", "aud": "sightline-api", "sub": gateway.user_id, "iat": now,
              "exp": now + 900, "jti": "j", "scope": "analyses:read"}  # fmt: skip
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


async def test_an_api_key_gets_in_with_its_scopes(gateway: Gateway) -> None:
    gateway.users.api_keys["slk_x_y"] = {
        "user_id": gateway.user_id, "key_id": "ak_1", "scopes": ["analyses:read"],
    }  # fmt: skip
    headers = {"X-API-Key": "slk_x_y"}
    assert (await gateway.client.get("/v1/analyses", headers=headers)).status_code == 200
    forbidden = await gateway.client.post("/v1/analyses", headers=headers, json={})
    assert (forbidden.status_code, forbidden.json()["type"]) == (
        403,
        "/problems/insufficient-scope",
    )
    refused(await gateway.client.get("/v1/analyses", headers={"X-API-Key": "slk_x_z"}))


async def test_too_many_requests_are_told_when_to_come_back(gateway: Gateway) -> None:
    answers = [await gateway.client.get("/v1/me", headers=gateway.auth()) for _ in range(301)]
    assert [answer.status_code for answer in answers[:300]] == [200] * 300
    assert (answers[-1].status_code, answers[-1].json()["type"]) == (429, "/problems/rate-limited")
    assert int(answers[-1].headers["Retry-After"]) >= 1


async def test_the_rate_limit_holds_without_redis() -> None:
    limiter = Limiter(Redis.from_url("redis://127.0.0.1:1/0"), 3)
    for _ in range(3):
        await limiter.hit("somebody")
    with pytest.raises(RateLimited):
        await limiter.hit("somebody")
    await limiter.hit("somebody else")


async def test_a_refused_grant_keeps_its_rfc_6749_body(gateway: Gateway) -> None:
    answer = await gateway.client.post("/v1/oauth/token", data={"grant_type": "magic"})
    assert (answer.status_code, answer.json()) == (400, REFUSED_GRANT)
    assert answer.headers["Cache-Control"] == "no-store"
