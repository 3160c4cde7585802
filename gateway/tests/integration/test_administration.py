"""Who may see and change whom."""

from typing import Any

import pytest
from conftest import Gateway
from sightline_contracts import ids

SOMEBODY = ids.new_id("us")
ADMIN = {"scope": "account admin"}


async def change(gateway: Gateway, user_id: str, body: dict[str, Any]) -> tuple[int, str]:
    headers = gateway.auth(**ADMIN)
    answer = await gateway.client.patch(f"/v1/users/{user_id}", json=body, headers=headers)
    return answer.status_code, answer.json().get("type", "")


@pytest.mark.parametrize("path", ["/v1/users", f"/v1/users/{SOMEBODY}"])
async def test_admins_alone_see_users(gateway: Gateway, path: str) -> None:
    assert (await gateway.client.get(path, headers=gateway.auth(**ADMIN))).status_code == 200
    refused = await gateway.client.get(path, headers=gateway.auth())
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/insufficient-scope")
    assert (await gateway.client.get(path)).status_code == 401


async def test_admins_alone_change_them(gateway: Gateway) -> None:
    assert (await change(gateway, SOMEBODY, {"suspended": True}))[0] == 200
    refused = await gateway.client.patch(
        f"/v1/users/{gateway.user_id}", json={"monthly_quota": 5}, headers=gateway.auth()
    )
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/insufficient-scope")


async def test_an_admin_does_not_lock_himself_out(gateway: Gateway) -> None:
    assert (await change(gateway, gateway.user_id, {"suspended": True}))[0] == 422
    assert (await change(gateway, gateway.user_id, {"monthly_quota": 7}))[0] == 200


@pytest.mark.parametrize("body", [{"scopes": ["admin"]}, {"email": "a@b.test"}, {"suspended": 1}])
async def test_nothing_else_is_changed(gateway: Gateway, body: dict[str, Any]) -> None:
    assert await change(gateway, SOMEBODY, body) == (422, "/problems/invalid-request")


@pytest.mark.parametrize("field", ["scopes", "suspended", "monthly_quota"])
async def test_nobody_gives_himself_what_an_admin_gives(gateway: Gateway, field: str) -> None:
    answer = await gateway.client.patch("/v1/me", json={field: True}, headers=gateway.auth())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")


async def test_sessions_end_for_their_owner(gateway: Gateway) -> None:
    answer = await gateway.client.delete("/v1/me/sessions", headers=gateway.auth())
    assert answer.status_code == 204
    assert (await gateway.client.delete("/v1/me/sessions")).status_code == 401
