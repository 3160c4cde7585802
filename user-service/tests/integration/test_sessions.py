"""Tokens: what they hold, how they are renewed, what ends them."""

import asyncio

import jwt
import pytest
from conftest import PASSWORD, Service

from user_service.errors import Overloaded


async def decode(service: Service, token: str) -> dict[str, str]:
    keys = (await service.client.get("/.well-known/jwks.json")).json()
    kid = jwt.get_unverified_header(token)["kid"]
    key = next(jwt.PyJWK(one) for one in keys["keys"] if one["kid"] == kid)
    assert "d" not in next(one for one in keys["keys"])
    return jwt.decode(
        token, key, algorithms=["EdDSA"], issuer="sightline", audience="sightline-api"
    )


async def test_an_access_token_says_who_and_what(service: Service) -> None:
    user = await service.sign_up()
    tokens = await service.sign_in(user)
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    claims = await decode(service, tokens["access_token"])
    assert claims["sub"] == user["id"]
    assert claims["scope"] == tokens["scope"] == "analyses:read analyses:write account"
    assert int(claims["exp"]) - int(claims["iat"]) == 900
    assert jwt.get_unverified_header(tokens["access_token"])["typ"] == "at+jwt"


async def test_wrong_password_and_unknown_user_look_the_same(service: Service) -> None:
    user = await service.sign_up()
    wrong = await service.token(grant_type="password", username=user["email"], password="nope nope")
    unknown = await service.token(
        grant_type="password", username="who@example.test", password=PASSWORD
    )
    long = await service.token(grant_type="password", username=user["email"], password="x" * 2000)
    assert wrong.status_code == unknown.status_code == long.status_code == 400
    assert wrong.json() == unknown.json() == long.json()
    assert wrong.json()["error"] == "invalid_grant"
    assert wrong.headers["Cache-Control"] == "no-store"


async def test_an_unknown_user_costs_a_hash_too(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    passwords = service.wiring.users._passwords
    seen: list[str] = []
    real_verify = passwords._hash.verify_and_update

    def verify(password: str, stored: str) -> tuple[bool, str | None]:
        seen.append(stored)
        return real_verify(password, stored)

    monkeypatch.setattr(passwords._hash, "verify_and_update", verify)
    await service.token(grant_type="password", username="who@example.test", password=PASSWORD)
    assert seen == [passwords._dummy]


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_family(service: Service) -> None:
    tokens = await service.sign_in(await service.sign_up())
    first = tokens["refresh_token"]
    second = (await service.token(grant_type="refresh_token", refresh_token=first)).json()
    assert second["refresh_token"] != first
    reused = await service.token(grant_type="refresh_token", refresh_token=first)
    assert (reused.status_code, reused.json()["error"]) == (400, "invalid_grant")
    child = await service.token(grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert child.json()["error"] == "invalid_grant"


async def test_a_sign_in_elsewhere_survives_the_end_of_a_family(service: Service) -> None:
    user = await service.sign_up()
    here, there = await service.sign_in(user), await service.sign_in(user)
    await service.client.post("/v1/oauth/revoke", data={"token": here["refresh_token"]})
    gone = await service.token(grant_type="refresh_token", refresh_token=here["refresh_token"])
    kept = await service.token(grant_type="refresh_token", refresh_token=there["refresh_token"])
    assert (gone.status_code, kept.status_code) == (400, 200)


async def test_revoking_an_unknown_token_is_no_error(service: Service) -> None:
    for token in ("nonsense", "a.b.c"):
        answer = await service.client.post("/v1/oauth/revoke", data={"token": token})
        assert answer.status_code == 200


async def test_no_refresh_token_lies_in_the_table(service: Service) -> None:
    tokens = await service.sign_in(await service.sign_up())
    items = service.wiring.table._client.scan(TableName=service.wiring.table._name)["Items"]
    assert tokens["refresh_token"].rpartition(".")[2] not in str(items)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ("", "invalid_request"),
        ("grant_type=magic", "unsupported_grant_type"),
        ("grant_type=password&username=a%40b.test", "invalid_request"),
        ("grant_type=password&grant_type=password", "invalid_request"),
        ("grant_type=refresh_token&refresh_token=x", "invalid_grant"),
        ("grant_type=refresh_token&refresh_token=%ff", "invalid_request"),
        ("&".join(f"f{n}=1" for n in range(50)), "invalid_request"),
    ],
)
async def test_a_bad_form_is_told_in_the_words_of_rfc_6749(
    service: Service, form: str, error: str
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await service.client.post("/v1/oauth/token", content=form, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


async def test_a_json_token_request_is_415(service: Service) -> None:
    answer = await service.client.post("/v1/oauth/token", json={"grant_type": "password"})
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")


async def test_more_sign_ins_at_once_than_places_are_told_to_come_back(service: Service) -> None:
    passwords = service.wiring.users._passwords
    passwords._places = 1
    results = await asyncio.gather(
        *(passwords.hash("some password") for _ in range(3)), return_exceptions=True
    )
    assert [type(one) for one in results].count(Overloaded) == 2


async def test_rotation_keeps_every_token_valid(service: Service) -> None:
    user = await service.sign_up()
    before = (await service.sign_in(user))["access_token"]
    keys = service.wiring.signing_keys
    assert (await keys.rotate()).startswith("published ")
    keys._cached = (float("-inf"), [])
    published = (await service.client.get("/.well-known/jwks.json")).json()["keys"]
    assert len(published) == 2
    assert (await keys.rotate()).startswith("signing with ")
    keys._cached = (float("-inf"), [])
    after = (await service.sign_in(user))["access_token"]
    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    for token in (before, after):
        assert (await decode(service, token))["sub"] == user["id"]
