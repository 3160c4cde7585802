"""What admins see and change, and what a suspended user is left with."""

import pytest
from conftest import PASSWORD, QUOTA, Service
from sightline_contracts import ids

from user_service.table import remove


async def standing(service: Service, user: dict[str, str], **change: object) -> dict[str, object]:
    answer = await service.client.patch(f"/v1/users/{user['id']}/standing", json=change)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def listed(service: Service, **query: str) -> list[str]:
    """Ids of all users, page by page."""
    page = (await service.client.get("/v1/users", params=query)).json()
    found = [one["id"] for one in page["items"]]
    if page["next_cursor"] is None:
        return found
    return found + await listed(service, **{**query, "cursor": page["next_cursor"]})


async def test_users_are_listed_newest_first(service: Service) -> None:
    users = [await service.sign_up() for _ in range(5)]
    newest_first = [user["id"] for user in reversed(users)]
    assert await listed(service, limit="2") == newest_first
    await service.client.delete(f"/v1/users/{users[2]['id']}")
    assert await listed(service) == [one for one in newest_first if one != users[2]["id"]]
    assert (await service.client.get("/v1/users", params={"cursor": "x"})).status_code == 422


async def test_users_of_a_version_that_kept_no_list_are_listed_by_setup(service: Service) -> None:
    users = [await service.sign_up() for _ in range(3)]
    await service.wiring.table.write(remove("USERS", users[1]["id"]))
    assert len(await listed(service)) == 2
    for _ in range(2):
        await service.wiring.administration.list_everybody()
        assert await listed(service) == [user["id"] for user in reversed(users)]


async def test_a_suspended_user_is_let_in_nowhere(service: Service) -> None:
    user = await service.sign_up()
    tokens = await service.sign_in(user)
    keys = f"/v1/users/{user['id']}/api-keys"
    key = (await service.client.post(keys, json={"name": "k", "scopes": ["account"]})).json()["key"]
    assert (await standing(service, user, suspended=True))["suspended"] is True
    signing_in = {"grant_type": "password", "username": user["email"], "password": PASSWORD}
    refreshing = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    for form in (signing_in, refreshing):
        refused = await service.token(**form)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    told = await service.token(**signing_in)
    assert told.json()["error_description"] == "The account is suspended."
    verified = await service.client.post("/v1/api-keys/verify", json={"key": key})
    assert (verified.status_code, verified.json()["type"]) == (401, "/problems/suspended")
    reserved = await service.reserve(user)
    assert (reserved.status_code, reserved.json()["type"]) == (429, "/problems/suspended")
    assert (await standing(service, user, suspended=False))["suspended"] is False
    assert (await service.client.post("/v1/api-keys/verify", json={"key": key})).status_code == 200
    assert (await service.reserve(user)).status_code == 201
    await service.sign_in(user)
    assert {"user.suspended", "user.reinstated"} <= set(await service.kinds(user))


async def test_a_wrong_password_does_not_tell_that_a_user_is_suspended(service: Service) -> None:
    user = await service.sign_up()
    wrong = {"grant_type": "password", "username": user["email"], "password": "not this one"}
    before = await service.token(**wrong)
    await standing(service, user, suspended=True)
    assert (await service.token(**wrong)).json() == before.json()


async def test_work_of_a_suspended_user_that_has_begun_is_billed(service: Service) -> None:
    user, analysis = await service.sign_up(), ids.new_id("an")
    await service.reserve(user, analysis)
    await standing(service, user, suspended=True)
    assert (await service.settle(user, analysis)).json()["settled"] == [analysis]
    assert (await service.usage(user))["quota"]["used"] == 1


@pytest.mark.parametrize("limit", [0, 1, QUOTA, QUOTA + 1])
async def test_a_quota_of_ones_own_goes_before_everybodys(service: Service, limit: int) -> None:
    user, other = await service.sign_up(), await service.sign_up()
    assert (await standing(service, user, monthly_quota=limit))["monthly_quota"] == limit
    answers = [(await service.reserve(user)).status_code for _ in range(limit + 1)]
    assert answers == [201] * limit + [429]
    assert (await service.usage(user))["quota"]["limit"] == limit
    assert (await service.usage(other))["quota"]["limit"] == QUOTA
    assert (await standing(service, user, monthly_quota=None))["monthly_quota"] is None
    assert (await service.usage(user))["quota"]["limit"] == QUOTA


@pytest.mark.parametrize("field", ["scopes", "suspended", "monthly_quota", "user_id", "email"])
async def test_nobody_gives_himself_what_an_admin_gives(service: Service, field: str) -> None:
    user = await service.sign_up()
    answer = await service.client.patch(f"/v1/users/{user['id']}", json={field: ["admin"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")
    scopes = {"scopes": ["admin"]}
    answer = await service.client.patch(f"/v1/users/{user['id']}/standing", json=scopes)
    assert answer.status_code == 422
    assert (await service.client.get(f"/v1/users/{user['id']}")).json() == user


async def test_the_standing_of_nobody_is_404(service: Service) -> None:
    for change in ({"suspended": True}, {"suspended": False}, {"monthly_quota": 1}):
        answer = await service.client.patch(f"/v1/users/{ids.new_id('us')}/standing", json=change)
        assert answer.status_code == 404


async def test_an_admins_key_may_watch_and_do_nothing_else(service: Service) -> None:
    user = await service.sign_up()
    keys = f"/v1/users/{user['id']}/api-keys"
    wanted = {"name": "autoscale", "scopes": ["metrics:read"]}
    refused = await service.client.post(keys, json=wanted)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/scopes")
    await service.wiring.users.grant(user["email"], "admin")
    key = (await service.client.post(keys, json=wanted)).json()["key"]
    verified = await service.client.post("/v1/api-keys/verify", json={"key": key})
    assert verified.json()["scopes"] == ["metrics:read"]
    assert (await service.sign_in(user))["scope"].split()[-2:] == ["admin", "metrics:read"]
