"""What an account's owner is told of what happened to it."""

import pytest
from conftest import PASSWORD, Service
from sightline_contracts import ids

from user_service import caller
from user_service.accounts import trail
from user_service.table import update

FROM = {"X-Client-Address": "192.0.2.77", "X-Client-Agent": "Browser/1", "X-Request-Id": "r-1"}


async def refused(service: Service, email: str) -> None:
    form = {"grant_type": "password", "username": email, "password": "not this one"}
    assert (await service.token(FROM, **form)).status_code == 400


async def test_typical_journey(service: Service) -> None:
    user = await service.sign_up()
    await service.sign_in(user, headers=FROM)
    keys = f"/v1/users/{user['id']}/api-keys"
    wanted = {"name": "k", "scopes": ["account"]}
    key = (await service.client.post(keys, json=wanted, headers=FROM)).json()
    await service.client.delete(f"{keys}/{key['id']}", headers=FROM)
    deleted, created, signed_in, signed_up = await service.events(user)
    assert [one["kind"] for one in (deleted, created, signed_in, signed_up)] == [
        "api_key.deleted",
        "api_key.created",
        "session.created",
        "user.signed_up",
    ]
    assert deleted["subject"] == created["subject"] == key["id"]
    assert (signed_in["network"], signed_in["user_agent"]) == ("192.0.2.0/24", "Browser/1")
    assert (signed_in["request_id"], signed_in["count"]) == ("r-1", 1)
    assert (signed_up["network"], signed_up["user_agent"]) == (None, None)


async def test_no_entry_holds_a_secret(service: Service) -> None:
    user = await service.sign_up()
    tokens = await service.sign_in(user)
    keys = f"/v1/users/{user['id']}/api-keys"
    key = (await service.client.post(keys, json={"name": "k", "scopes": ["account"]})).json()["key"]
    await refused(service, user["email"])
    told = str(await service.wiring.table.query(f"USER#{user['id']}", "EVENT#"))
    secrets = [
        key.split("_", 2)[2],
        tokens["refresh_token"],
        PASSWORD,
        "not this one",
        "192.0.2.77",
    ]
    assert [secret for secret in secrets if secret in told] == []


async def test_guesses_of_a_minute_are_one_entry(
    service: Service,
) -> None:
    user = await service.sign_up()
    made = [trail._of_minute(moment) for moment in (1_800_000_000, 1_800_000_059, 1_800_000_060)]
    assert made[0] == made[1] < made[2]
    service.wiring.trail.clock = lambda: 1_800_000_060
    for _ in range(5):
        await refused(service, user["email"])
    service.wiring.trail.clock = lambda: 1_800_000_000
    await refused(service, user["email"])
    found = [one for one in await service.events(user) if one["kind"] == "session.refused"]
    assert [(one["id"], one["count"]) for one in found] == [(made[2], 5), (made[0], 1)]


async def test_a_guess_at_nobodys_account_leaves_nothing(service: Service) -> None:
    table = service.wiring.table
    before = table._client.scan(TableName=table._name)["Count"]
    await refused(service, "who@example.test")
    assert table._client.scan(TableName=table._name)["Count"] == before


async def test_the_trail_comes_page_by_page(service: Service) -> None:
    user = await service.sign_up()
    for _ in range(3):
        await service.sign_in(user)
    url, found, cursor = f"/v1/users/{user['id']}/events", [], None
    for _ in range(2):
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = (await service.client.get(url, params=params)).json()
        found += page["items"]
        cursor = page["next_cursor"]
    assert cursor is None
    assert found == await service.events(user)
    assert (await service.client.get(url, params={"cursor": "x"})).status_code == 422


async def test_entries_end_after_ninety_days(service: Service) -> None:
    user = await service.sign_up()
    (item,) = await service.wiring.table.query(f"USER#{user['id']}", "EVENT#")
    made = ids.milliseconds_of(item["event_id"]) / 1000
    assert int(item["expires_at"]) - made == pytest.approx(90 * 86400, abs=2)
    late = update(item["pk"], item["sk"], "SET expires_at = :now", {":now": int(made)})
    await service.wiring.table.write(late)
    assert await service.events(user) == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_shortened_to_its_network(address: str | None, network: str | None) -> None:
    assert caller._shortened(address) == network
