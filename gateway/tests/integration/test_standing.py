"""What a credential may hand on, and what goes on no longer than it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from itertools import count

import pytest
from conftest import Gateway
from sightline_contracts import ids

from gateway.admission.credentials import Principal

pytestmark = pytest.mark.both_servers

KEY = "slk_x_y"
SCOPES = ["account", "analyses:read"]


def with_key(gateway: Gateway, **more: object) -> dict[str, str]:
    gateway.users.api_keys[KEY] = {
        "user_id": gateway.user_id,
        "key_id": "ak_1",
        "scopes": SCOPES,
        **more,
    }
    return {"X-API-Key": KEY}


def soon(seconds: float) -> tuple[float, str]:
    moment = round(time.time() + seconds, 3)
    return moment, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment)) + (
        f"{moment % 1:.3f}"[1:] + "Z"
    )


NEW = "/v1/me/api-keys"
MAKERS = [
    (NEW, {"name": "k", "scopes": ["account"]}),
    (f"{NEW}/{ids.new_id('ak')}/rotate", {}),
]


@pytest.mark.parametrize(("path", "body"), MAKERS, ids=["minted", "rotated"])
async def test_who_makes_a_key_is_told_with_scopes_and_end(
    gateway: Gateway, path: str, body: dict[str, object]
) -> None:
    moment, end = soon(3600)
    headers = with_key(gateway, expires_at=end)
    assert (await gateway.client.post(path, json=body, headers=headers)).status_code == 201
    assert gateway.users.seen_headers["X-Client-Scopes"] == "account analyses:read"
    assert int(gateway.users.seen_headers["X-Client-Expires-Ms"]) == round(moment * 1000)


@pytest.mark.parametrize(("path", "body"), MAKERS, ids=["minted", "rotated"])
async def test_a_session_hands_on_the_scopes_of_its_token_and_has_no_end(
    gateway: Gateway, path: str, body: dict[str, object]
) -> None:
    headers = gateway.auth(scope="account")
    assert (await gateway.client.post(path, json=body, headers=headers)).status_code == 201
    assert gateway.users.seen_headers["X-Client-Scopes"] == "account"
    assert "X-Client-Expires-Ms" not in gateway.users.seen_headers


async def test_a_key_of_a_user_service_that_tells_no_end_has_none(gateway: Gateway) -> None:
    await gateway.client.post(NEW, json=MAKERS[0][1], headers=with_key(gateway))
    assert "X-Client-Expires-Ms" not in gateway.users.seen_headers


async def test_what_is_remembered_of_a_key_ends_with_it(gateway: Gateway) -> None:
    headers = with_key(gateway, expires_at=soon(-1)[1])  # told by a clock that is behind ours
    assert (await gateway.client.get("/v1/me", headers=headers)).status_code == 200
    gateway.users.api_keys.clear()
    assert (await gateway.client.get("/v1/me", headers=headers)).status_code == 401


async def test_an_exports_link_ends_no_later_than_the_key_that_asked_for_it(
    gateway: Gateway,
) -> None:
    headers = with_key(gateway, expires_at=soon(60)[1])
    link = (await gateway.client.get("/v1/me/export", headers=headers)).json()
    key = f"export:{link['url'].rpartition('/')[2]}"
    assert 0 < await gateway.redis.ttl(key) <= 60
    assert link["expires_at"] <= soon(60)[1]


async def beats() -> AsyncIterator[int]:
    for number in count():
        yield number


def principal(gateway: Gateway, **more: object) -> Principal:
    return Principal(gateway.user_id, frozenset(SCOPES), gateway.user_id, **more)  # type: ignore[arg-type]


END: dict[str, Callable[[Gateway], object]] = {
    "key deleted": lambda gateway: gateway.users.api_keys.clear(),
    "key of a suspended user": lambda gateway: gateway.users.api_keys[KEY].update(suspended=True),
    "key with less": lambda gateway: gateway.users.api_keys[KEY].update(scopes=["account"]),
    "user suspended": lambda gateway: gateway.users.user.update(suspended=True),
    "user with less": lambda gateway: gateway.users.user.update(scopes=["account"]),
    "user deleted": lambda gateway: gateway.users.user.clear(),
}


@pytest.mark.parametrize("what", END)
async def test_a_stream_ends_with_the_standing_of_who_opened_it(
    gateway: Gateway, what: str
) -> None:
    with_key(gateway)
    shown = {"api_key": KEY} if what.startswith("key") else {}
    gateway.wiring.revalidation.every_s = 0
    stream = gateway.wiring.revalidation.while_valid(principal(gateway, **shown), beats())
    assert [await anext(stream), await anext(stream)] == [0, 1]
    END[what](gateway)
    assert await anext(stream, None) is None


async def test_a_stream_ends_with_its_token(gateway: Gateway) -> None:
    ended = principal(gateway, ends_at=time.time())
    stream = gateway.wiring.revalidation.while_valid(ended, beats())
    assert await anext(stream, None) is None


async def test_standing_is_looked_at_every_half_minute(gateway: Gateway) -> None:
    assert gateway.wiring.revalidation.every_s == 30
    gateway.users.user.clear()
    stream = gateway.wiring.revalidation.while_valid(principal(gateway), beats())
    assert [await anext(stream) for _ in range(100)] == list(range(100))


async def test_a_stream_goes_on_while_nobody_can_be_asked(gateway: Gateway) -> None:
    with_key(gateway)
    revalidation = gateway.wiring.revalidation
    revalidation.every_s = 0
    await gateway.wiring.users.close()
    await gateway.wiring.users.open()
    gateway.wiring.users._base_url = "http://127.0.0.1:1"
    for shown in ({}, {"api_key": KEY}):
        stream = revalidation.while_valid(principal(gateway, **shown), beats())
        assert [await anext(stream) for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("one", [True, False], ids=["of an analysis", "of all"])
@pytest.mark.parametrize("how", ["token ends", "user suspended", "key deleted"])
async def test_event_streams_end_with_who_opened_them(
    gateway: Gateway, one: bool, how: str
) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    headers = with_key(gateway) if how == "key deleted" else gateway.auth()
    await gateway.client.get("/v1/me", headers=headers)  # the key is remembered
    if how == "token ends":
        headers = gateway.auth(exp=int(time.time()) + 2)
    else:
        gateway.wiring.revalidation.every_s = 0
        gateway.users.user.update(suspended=True)
        gateway.users.api_keys.clear()
    path = f"/v1/analyses/{analysis_id}/events" if one else "/v1/events"
    async with asyncio.timeout(10):
        answer = await gateway.client.get(path, headers=headers)
    assert answer.status_code == 200
