"""Tokens: what they hold, how they are renewed, what ends them."""

import asyncio
import time
from datetime import datetime

import jwt
import pytest
from conftest import PASSWORD, Service
from sightline_contracts import ids

from user_service.credentials.refresh_tokens import parse
from user_service.credentials.sessions import GRACE_S
from user_service.errors import Overloaded
from user_service.sla import read_sla
from user_service.table import put, remove, update, user_pk


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


async def refresh(service: Service, token: str) -> dict[str, str]:
    answer = await service.token(grant_type="refresh_token", refresh_token=token)
    return {"status": str(answer.status_code), **answer.json()}


async def a_while_passes_since_its_use(service: Service, token: str) -> None:
    held = parse(token)
    earlier = {":then": int((time.time() - GRACE_S - 1) * 1000)}
    change = update(user_pk(held.user_id), held.sk, "SET used_at = :then", earlier)
    await service.wiring.table.write(change)


async def test_a_refresh_token_works_once_and_its_reuse_ends_the_family(service: Service) -> None:
    user = await service.sign_up()
    first = (await service.sign_in(user))["refresh_token"]
    second = (await refresh(service, first))["refresh_token"]
    assert second != first
    await a_while_passes_since_its_use(service, first)
    assert (await refresh(service, first))["error"] == "invalid_grant"
    assert (await refresh(service, second))["error"] == "invalid_grant"
    assert "token.reuse_detected" in await service.kinds(user)


async def test_a_parent_whose_child_was_used_is_given_no_second_one(service: Service) -> None:
    first = (await service.sign_in(await service.sign_up()))["refresh_token"]
    second = (await refresh(service, first))["refresh_token"]
    third = (await refresh(service, second))["refresh_token"]
    assert (await refresh(service, first))["error"] == "invalid_grant"
    assert (await refresh(service, third))["error"] == "invalid_grant"


async def test_twenty_refreshes_at_once_stay_signed_in(service: Service) -> None:
    token = (await service.sign_in(await service.sign_up()))["refresh_token"]
    for _ in range(3):
        answers = await asyncio.gather(*(refresh(service, token) for _ in range(20)))
        assert {one["status"] for one in answers} == {"200"}
        (token,) = {one["refresh_token"] for one in answers}


async def test_a_token_of_a_version_without_sessions_goes_on(service: Service) -> None:
    user = await service.sign_up()
    token = (await service.sign_in(user))["refresh_token"]
    held = parse(token)
    session = (user_pk(held.user_id), f"SESSION#{held.family}")
    plain = update(user_pk(held.user_id), held.sk, "REMOVE tracked", {})
    await service.wiring.table.write(remove(*session), plain)
    assert await service.sessions(user) == []
    assert (await refresh(service, token))["status"] == "200"
    (found,) = await service.sessions(user)
    assert (found["id"], found["user_agent"]) == (f"se_{held.family}", None)
    ended = ids.milliseconds_of(found["id"]) / 1000
    assert datetime.fromisoformat(found["created_at"]).timestamp() == pytest.approx(ended)


async def test_a_session_that_has_ended_gives_no_token_though_one_is_left(
    service: Service,
) -> None:
    """As when a refresh comes between the steps in which a session is taken apart."""
    user = await service.sign_up()
    token = (await service.sign_in(user))["refresh_token"]
    held = parse(token)
    await service.wiring.table.write(remove(user_pk(held.user_id), f"SESSION#{held.family}"))
    assert (await refresh(service, token))["error"] == "invalid_grant"
    assert "token.reuse_detected" not in await service.kinds(user)


async def test_sessions_are_listed_and_ended_one_by_one(service: Service) -> None:
    user = await service.sign_up()
    phone = await service.sign_in(user, headers={"X-Client-Agent": "Phone/1"})
    laptop = await service.sign_in(user, headers={"X-Client-Agent": "Laptop/2"})
    own = f"se_{(await decode(service, laptop['access_token']))['sid']}"
    found = await service.sessions(user, {"X-Client-Session": own})
    assert [(one["user_agent"], one["current"]) for one in found] == [
        ("Laptop/2", True),
        ("Phone/1", False),
    ]
    url = f"/v1/users/{user['id']}/sessions"
    page = (await service.client.get(url, params={"limit": "1"})).json()
    rest = (await service.client.get(url, params={"cursor": page["next_cursor"]})).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == [one["id"] for one in found]
    phones = found[1]["id"]
    assert (await service.client.delete(f"{url}/{phones}")).status_code == 204
    assert (await service.client.delete(f"{url}/{phones}")).status_code == 404
    assert (await refresh(service, phone["refresh_token"]))["error"] == "invalid_grant"
    assert (await refresh(service, laptop["refresh_token"]))["status"] == "200"
    assert "session.revoked" in await service.kinds(user)


async def test_signing_out_everywhere_ends_all_sessions_of_one_user_alone(service: Service) -> None:
    user, other = await service.sign_up(), await service.sign_up()
    tokens = [await service.sign_in(user) for _ in range(3)]
    others = await service.sign_in(other)
    url = f"/v1/users/{user['id']}/sessions"
    foreign = (await service.sessions(user))[0]["id"]
    assert (
        await service.client.delete(f"/v1/users/{other['id']}/sessions/{foreign}")
    ).status_code == 404
    assert (await service.client.delete(url)).status_code == 204
    assert await service.sessions(user) == []
    for one in tokens:
        assert (await refresh(service, one["refresh_token"]))["error"] == "invalid_grant"
    assert (await refresh(service, others["refresh_token"]))["status"] == "200"
    left = await service.wiring.table.query(f"USER#{user['id']}", "REFRESH#")
    assert left == []


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


async def at(service: Service, seconds: float) -> list[str]:
    """The keys that are published so many seconds from now."""
    keys = service.wiring.signing_keys
    keys._clock = lambda: time.time() + seconds
    keys._cached = (float("-inf"), [])
    published = (await service.client.get("/.well-known/jwks.json")).json()["keys"]
    return [one["kid"] for one in published]


async def test_rotation_keeps_every_token_valid(service: Service) -> None:
    user = await service.sign_up()
    keys = service.wiring.signing_keys
    assert (await keys.rotate()).startswith("published ")
    published = await at(service, 0)
    assert len(published) == 2
    used = []
    lead_s = read_sla().signing_key_lead_s
    last_of_old = lead_s - 2
    for moment in (0, last_of_old, lead_s + 1, lead_s + keys.token_ttl_s):
        assert published == await at(service, moment)
        token = (await service.sign_in(user))["access_token"]
        used.append(jwt.get_unverified_header(token)["kid"])
        assert (await decode(service, token))["sub"] == user["id"]
    assert used == [published[0]] * 2 + [published[1]] * 2
    assert await at(service, lead_s + keys.retired_for_s + 1) == published[1:]


async def test_a_second_rotation_waits_for_the_first(service: Service) -> None:
    keys = service.wiring.signing_keys
    await keys.rotate()
    assert " is published, and signs from " in await keys.rotate()
    assert len(await at(service, 0)) == 2
    states = [line.split()[1] for line in await keys.described()]
    assert states == ["current,", "next,"]
    await at(service, read_sla().signing_key_lead_s + keys.retired_for_s + 1)
    assert (await keys.rotate()).startswith("published ")
    assert len(await keys.described()) == 2  # the first one is forgotten


async def test_keys_of_a_version_that_kept_states_alone_are_understood(service: Service) -> None:
    table, now = service.wiring.table, int(time.time())
    await table.remove_all([("SIGNINGKEYS", "first")])
    for kid, state, changed_at in (
        ("a", "retired", now - 60),
        ("b", "current", now - 60),
        ("c", "next", now - 5),
    ):
        item = {"pk": "SIGNINGKEYS", "sk": kid, "state": state, "changed_at": changed_at}
        await table.write(put(item))
    assert await at(service, 0) == ["a", "b", "c"]
    assert (await service.wiring.signing_keys.current())[0] == "b"
    assert await at(service, read_sla().signing_key_lead_s) == ["a", "b", "c"]
    assert (await service.wiring.signing_keys.current())[0] == "c"
    assert await at(service, service.wiring.signing_keys.retired_for_s) == ["b", "c"]
