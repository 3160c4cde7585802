"""Sign-up, the account and its API keys."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from conftest import PASSWORD, Service
from sightline_contracts import ids

from user_service.table import update, user_pk


async def test_typical_journey(service: Service) -> None:
    user = await service.sign_up(display_name="Ada")
    assert user["scopes"] == ["analyses:read", "analyses:write", "account"]
    read = await service.client.get(f"/v1/users/{user['id']}")
    assert read.json() == user
    changed = await service.client.patch(f"/v1/users/{user['id']}", json={"display_name": None})
    assert changed.json() == {**user, "display_name": None}
    assert (await service.client.delete(f"/v1/users/{user['id']}")).status_code == 204
    assert (await service.client.get(f"/v1/users/{user['id']}")).status_code == 404
    await service.sign_up(email=user["email"])  # the address is free again


async def test_one_of_two_sign_ups_with_an_address_wins(service: Service) -> None:
    bodies = [{"email": e, "password": PASSWORD} for e in ("ada@example.test", "ADA@example.test ")]
    answers = await asyncio.gather(*(service.client.post("/v1/users", json=b) for b in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    taken = next(answer for answer in answers if answer.status_code == 409)
    assert taken.json()["type"] == "/problems/email-taken"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": "a@b.test", "password": "short"}, "/password"),
        ({"email": "a@b.test", "password": "x" * 129}, "/password"),
        ({"email": "a@b.test", "password": 12345678}, "/password"),
        ({"email": "a@b.test", "password": "password1"}, "/password"),
        ({"email": "a@b.test", "password": "PassWord123"}, "/password"),
        ({"email": "a@b.test", "password": "A@b.test"}, "/password"),
        ({"email": "long.name@b.test", "password": "Long.Name"}, "/password"),
        ({"email": "nobody", "password": PASSWORD}, "/email"),
        ({"email": "a b@c.test", "password": PASSWORD}, "/email"),
        ({"email": f"{'a' * 250}@b.test", "password": PASSWORD}, "/email"),
        ({"email": "a@b.test", "password": PASSWORD, "scopes": ["admin"]}, "/scopes"),
        ({"email": "a@b.test"}, "/password"),
    ],
)
async def test_a_sign_up_outside_the_contract_is_422(
    service: Service, body: dict[str, object], pointer: str
) -> None:
    answer = await service.client.post("/v1/users", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert await service.wiring.users.by_email("a@b.test") is None


async def test_a_password_is_never_in_the_table(service: Service) -> None:
    user = await service.sign_up()
    profile = await service.wiring.users.profile(user["id"])
    assert profile is not None
    assert PASSWORD not in str(profile)
    assert profile["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_changed_password_ends_every_other_session(service: Service) -> None:
    user = await service.sign_up()
    tokens, own = await service.sign_in(user), await service.sign_in(user)
    here = {"X-Client-Session": (await service.sessions(user))[0]["id"]}
    url = f"/v1/users/{user['id']}"
    wrong = {"password": "new password", "current_password": "not this one"}
    refused = await service.client.patch(url, json=wrong)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/wrong-password")
    missing = await service.client.patch(url, json={"password": "new password"})
    assert missing.json()["errors"][0]["pointer"] == "/current_password"
    common = {"password": "iloveyou", "current_password": PASSWORD}
    weak = await service.client.patch(url, json=common)
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/password")
    right = {"password": "new password", "current_password": PASSWORD}
    assert (await service.client.patch(url, json=right, headers=here)).status_code == 200
    kept = await service.token(grant_type="refresh_token", refresh_token=own["refresh_token"])
    assert kept.status_code == 200
    old = await service.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert old.json()["error"] == "invalid_grant"
    await service.sign_in(user, "new password")
    assert {"password.changed", "sessions.revoked"} <= set(await service.kinds(user))


async def test_a_sign_in_with_a_password_that_is_changed_meanwhile_is_none(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await service.sign_up()
    passwords, users = service.wiring.users._passwords, service.wiring.users
    verify = passwords.verify

    async def verify_slowly(password: str, stored: str | None) -> tuple[bool, str | None]:
        found = await verify(password, stored)
        other = await passwords.hash("another password")
        await users.set(user["id"], "password_hash", other)
        return found

    monkeypatch.setattr(passwords, "verify", verify_slowly)
    late = await service.token(grant_type="password", username=user["email"], password=PASSWORD)
    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")
    assert await service.sessions(user) == []


async def test_deleting_leaves_no_item_of_the_user(service: Service) -> None:
    user = await service.sign_up()
    await service.sign_in(user)
    keys = f"/v1/users/{user['id']}/api-keys"
    await service.client.post(keys, json={"name": "k", "scopes": ["account"]})
    first, second = ids.new_id("an"), ids.new_id("an")
    await service.reserve(user, first)
    await service.reserve(user, second)
    await service.settle(user, first)
    await service.client.delete(f"/v1/users/{user['id']}")
    left = service.wiring.table._client.scan(TableName=service.wiring.table._name)["Items"]
    assert [item["pk"]["S"] for item in left] == ["SIGNINGKEYS"]
    late = await service.settle(user, second)
    assert late.json() == {"settled": [], "unknown": [second]}
    left = service.wiring.table._client.scan(TableName=service.wiring.table._name)["Items"]
    assert len(left) == 1


async def test_a_key_made_while_its_account_is_deleted_goes_with_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await service.sign_up()
    await service.sign_in(user)
    table, remove_all = service.wiring.table, service.wiring.table.remove_all
    made: list[dict[str, str]] = []

    async def remove_all_and_be_overtaken(keys: Sequence[tuple[str, str]]) -> None:
        await remove_all(keys)
        if not made:  # the profile is there still, so that the account may have a key
            made.append(await make_key(service, user))

    monkeypatch.setattr(table, "remove_all", remove_all_and_be_overtaken)
    assert (await service.client.delete(f"/v1/users/{user['id']}")).status_code == 204
    assert len(made) == 1
    assert await table.query(user_pk(user["id"])) == []
    assert await table.get(f"APIKEY#{made[0]['id']}", "APIKEY") is None
    verified = await service.client.post("/v1/api-keys/verify", json={"key": made[0]["key"]})
    assert verified.status_code == 401


async def make_key(service: Service, user: dict[str, str], **changes: object) -> dict[str, str]:
    body = {"name": "ci", "scopes": ["analyses:read"], **changes}
    answer = await service.client.post(f"/v1/users/{user['id']}/api-keys", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def verify(service: Service, key: str) -> int:
    return (await service.client.post("/v1/api-keys/verify", json={"key": key})).status_code


async def test_an_api_key_works_until_it_is_deleted(service: Service) -> None:
    user = await service.sign_up()
    made = await make_key(service, user)
    answer = await service.client.post("/v1/api-keys/verify", json={"key": made["key"]})
    assert answer.json() == {
        "user_id": user["id"],
        "key_id": made["id"],
        "scopes": ["analyses:read"],
        "expires_at": None,
    }
    listed = (await service.client.get(f"/v1/users/{user['id']}/api-keys")).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert listed[0]["last_used_at"] is not None
    assert "key" not in listed[0]
    url = f"/v1/users/{user['id']}/api-keys/{made['id']}"
    assert (await service.client.delete(url)).status_code == 204
    assert await verify(service, made["key"]) == 401
    assert (await service.client.delete(url)).status_code == 404


async def test_nothing_in_the_table_names_the_user_of_a_deleted_key(service: Service) -> None:
    user = await service.sign_up()
    made = await make_key(service, user)
    pointer = (f"APIKEY#{made['id']}", "APIKEY")
    assert await service.wiring.table.get(*pointer) is not None
    await service.client.delete(f"/v1/users/{user['id']}/api-keys/{made['id']}")
    assert await service.wiring.table.get(*pointer) is None


async def test_api_keys_come_page_by_page_newest_first(service: Service) -> None:
    user = await service.sign_up()
    made = [(await make_key(service, user))["id"] for _ in range(3)]
    url = f"/v1/users/{user['id']}/api-keys?limit=2"
    first = (await service.client.get(url)).json()
    second = (await service.client.get(f"{url}&cursor={first['next_cursor']}")).json()
    assert [one["id"] for one in first["items"] + second["items"]] == sorted(made, reverse=True)
    assert second["next_cursor"] is None
    assert (await service.client.get(f"{url}&cursor=x")).status_code == 422


async def test_no_other_secret_opens(service: Service) -> None:
    user = await service.sign_up()
    key, other = (await make_key(service, user))["key"], (await make_key(service, user))["key"]
    swapped = "_".join([*key.split("_")[:2], other.split("_", 2)[2]])
    wrong = [key[:-1] + ("A" if key[-1] != "A" else "B"), swapped, key + "A", key[:-1], "slk_", ""]
    assert [await verify(service, one) for one in wrong] == [401] * len(wrong)


async def test_an_api_key_ends_with_its_time_and_with_its_user(service: Service) -> None:
    user = await service.sign_up()
    url = f"/v1/users/{user['id']}/api-keys"
    for bad in ("yesterday", "2020-01-01T00:00:00Z", "2099-01-01T00:00:00"):
        body = {"name": "k", "scopes": ["account"], "expires_at": bad}
        answer = await service.client.post(url, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/expires_at")
    soon = ids.rfc3339(datetime.now(UTC) + timedelta(hours=1))
    made = await make_key(service, user, expires_at=soon)
    assert made["expires_at"] == soon
    assert await verify(service, made["key"]) == 200
    await service.client.delete(f"/v1/users/{user['id']}")
    assert await verify(service, made["key"]) == 401


async def test_a_key_is_rotated_with_an_overlap(service: Service) -> None:
    user = await service.sign_up()
    end = ids.rfc3339(datetime.now(UTC) + timedelta(days=30))
    old = await make_key(service, user, expires_at=end)
    url = f"/v1/users/{user['id']}/api-keys"
    answer = await service.client.post(f"{url}/{old['id']}/rotation", json={})
    assert answer.status_code == 201
    new = answer.json()
    assert (new["name"], new["scopes"], new["expires_at"]) == (old["name"], old["scopes"], end)
    assert [await verify(service, one["key"]) for one in (old, new)] == [200, 200]
    listed = {one["id"]: one for one in (await service.client.get(url)).json()["items"]}
    ends = datetime.fromisoformat(listed[old["id"]]["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < ends <= timedelta(days=1)
    again = await service.client.post(f"{url}/{new['id']}/rotation", json={"overlap_s": 0})
    assert again.status_code == 201
    assert [await verify(service, one["key"]) for one in (new, again.json())] == [401, 200]
    gone = await service.client.post(f"{url}/{new['id']}/rotation", json={})
    assert gone.status_code == 404
    too_long = await service.client.post(f"{url}/{old['id']}/rotation", json={"overlap_s": 604801})
    assert too_long.status_code == 422
    assert (await service.kinds(user)).count("api_key.rotated") == 2


async def test_an_overlap_never_lengthens_a_keys_life(service: Service) -> None:
    user = await service.sign_up()
    soon = ids.rfc3339(datetime.now(UTC) + timedelta(minutes=5))
    old = await make_key(service, user, expires_at=soon)
    url = f"/v1/users/{user['id']}/api-keys"
    await service.client.post(f"{url}/{old['id']}/rotation", json={})
    listed = (await service.client.get(url)).json()["items"]
    assert {one["expires_at"] for one in listed} == {soon}


async def test_last_use_is_written_once_a_minute(service: Service) -> None:
    user = await service.sign_up()
    made = await make_key(service, user)
    pk, sk = f"USER#{user['id']}", f"APIKEY#{made['id']}"
    seen = []
    for earlier_s in (None, 30, 61):
        if earlier_s is not None:
            then = ids.rfc3339(datetime.now(UTC) - timedelta(seconds=earlier_s))
            await service.wiring.table.write(update(pk, sk, "SET last_used_at = :t", {":t": then}))
        before = await service.wiring.table.get(pk, sk)
        assert await verify(service, made["key"]) == 200
        seen.append(before != await service.wiring.table.get(pk, sk))
    assert seen == [True, False, True]


async def test_a_key_cannot_do_more_than_its_user(service: Service) -> None:
    user = await service.sign_up()
    body = {"name": "k", "scopes": ["admin"]}
    answer = await service.client.post(f"/v1/users/{user['id']}/api-keys", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/scopes")


async def test_an_admin_is_made_by_command_alone(service: Service) -> None:
    user = await service.sign_up()
    await service.wiring.users.grant(user["email"], "admin")
    assert "admin" in (await service.sign_in(user))["scope"].split()
