"""A credential makes none that may more than it may, or lasts longer."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from conftest import Service
from sightline_contracts import ids

from user_service.table import PROFILE, update, user_pk

HOUR = timedelta(hours=1)


def told(*scopes: str, end: datetime | None = None) -> dict[str, str]:
    """What the gateway tells of the credential that asks."""
    held = {"X-Client-Scopes": " ".join(scopes)}
    ends = {} if end is None else {"X-Client-Expires-Ms": str(round(end.timestamp() * 1000))}
    return {**held, **ends}


async def mint(
    service: Service, user: dict[str, Any], headers: dict[str, str], **body: Any
) -> httpx2.Response:
    wanted = {"name": "k", "scopes": ["account"], **body}
    url = f"/v1/users/{user['id']}/api-keys"
    return await service.client.post(url, json=wanted, headers=headers)


async def rotate(
    service: Service, user: dict[str, Any], key_id: str, headers: dict[str, str]
) -> httpx2.Response:
    url = f"/v1/users/{user['id']}/api-keys/{key_id}/rotation"
    return await service.client.post(url, json={}, headers=headers)


def pointed(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["pointer"]


@pytest.mark.parametrize("scope", ["analyses:read", "analyses:write", "admin"])
async def test_no_scope_is_handed_on_that_is_not_held(service: Service, scope: str) -> None:
    user = await service.sign_up()
    await service.wiring.users.grant(user["email"], "admin")
    headers = told("account")
    refused = await mint(service, user, headers, scopes=["account", scope])
    assert pointed(refused) == (422, "/scopes")
    assert (await mint(service, user, headers)).status_code == 201
    larger = (await mint(service, user, {}, scopes=["account", scope])).json()
    assert pointed(await rotate(service, user, larger["id"], headers)) == (422, "/scopes")
    assert (await rotate(service, user, larger["id"], told("account", scope))).status_code == 201


async def test_no_later_end_is_handed_on(service: Service) -> None:
    user = await service.sign_up()
    end = datetime.now(UTC) + HOUR
    headers = told("account", end=end)
    later = await mint(service, user, headers, expires_at=ids.rfc3339(end + HOUR))
    assert pointed(later) == (422, "/expires_at")
    sooner = await mint(service, user, headers, expires_at=ids.rfc3339(end - HOUR / 2))
    assert sooner.json()["expires_at"] == ids.rfc3339(end - HOUR / 2)
    assert (await rotate(service, user, sooner.json()["id"], headers)).status_code == 201
    for expires_at in (None, ids.rfc3339(end + HOUR)):
        lasting = (await mint(service, user, {}, expires_at=expires_at)).json()
        assert pointed(await rotate(service, user, lasting["id"], headers)) == (422, "/expires_at")


async def test_a_key_without_an_end_of_its_own_ends_with_what_made_it(service: Service) -> None:
    user = await service.sign_up()
    end = datetime.now(UTC) + HOUR
    made = (await mint(service, user, told("account", end=end))).json()
    assert abs(datetime.fromisoformat(made["expires_at"]) - end) <= timedelta(milliseconds=1)


async def test_a_key_that_ends_can_rotate_itself(service: Service) -> None:
    user = await service.sign_up()
    made = (await mint(service, user, {}, expires_at=ids.rfc3339(datetime.now(UTC) + HOUR))).json()
    end = datetime.fromisoformat(made["expires_at"])
    new = await rotate(service, user, made["id"], told("account", end=end))
    assert (new.status_code, new.json()["expires_at"]) == (201, made["expires_at"])


async def test_a_refused_rotation_leaves_the_key_as_it_is(service: Service) -> None:
    user = await service.sign_up()
    made = (await mint(service, user, {}, scopes=["analyses:read"])).json()
    await rotate(service, user, made["id"], told("account"))
    answer = await service.client.get(f"/v1/users/{user['id']}/api-keys")
    assert [(one["id"], one["expires_at"]) for one in answer.json()["items"]] == [
        (made["id"], None)
    ]


async def test_a_scope_that_its_user_has_lost_is_not_handed_on_by_rotation(
    service: Service,
) -> None:
    user = await service.sign_up()
    await service.wiring.users.grant(user["email"], "admin")
    made = (await mint(service, user, {}, scopes=["account", "admin"])).json()
    await service.wiring.users.set(user["id"], "scopes", ["account"])
    new = await rotate(service, user, made["id"], told("account"))
    assert (new.status_code, new.json()["scopes"]) == (201, ["account"])


@pytest.mark.parametrize(
    "expires_at",
    [
        "0001-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59.999999-00:01",
        "10000-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
async def test_an_end_outside_of_the_calendar_is_422(service: Service, expires_at: str) -> None:
    user = await service.sign_up()
    answer = await mint(service, user, {}, expires_at=expires_at)
    assert pointed(answer) == (422, "/expires_at")


async def test_the_last_moment_of_the_calendar_is_an_end(service: Service) -> None:
    user = await service.sign_up()
    answer = await mint(service, user, {}, expires_at="9999-12-31T23:59:59Z")
    assert answer.json()["expires_at"] == "9999-12-31T23:59:59.000Z"
    verified = await service.client.post("/v1/api-keys/verify", json={"key": answer.json()["key"]})
    assert verified.json()["expires_at"] == "9999-12-31T23:59:59.000Z"


async def test_a_scope_that_the_user_lost_is_lost_to_the_keys_too(service: Service) -> None:
    user = await service.sign_up()
    key = (await mint(service, user, {}, scopes=["account", "analyses:read"])).json()["key"]
    lost = update(user_pk(user["id"]), PROFILE, "SET scopes = :left", {":left": ["account"]})
    await service.wiring.table.write(lost)
    holder = (await service.client.post("/v1/api-keys/verify", json={"key": key})).json()
    assert holder["scopes"] == ["account"]
