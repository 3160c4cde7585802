"""Each kind of credential makes another: none that may more, none that lasts longer."""

import itertools
from collections.abc import Callable

import httpx2
import pytest

from security.ledger import Ledger
from security.people import Person, soon

LARGE = ("account", "admin", "analyses:read", "analyses:write")
HOUR, DAY = 3600.0, 86400.0
KEYS = "/v1/me/api-keys"
Headers = dict[str, str]


def small_key(boss: Person) -> Headers:
    return {"X-API-Key": boss.new_key("account", "analyses:read", expires_at=soon(HOUR))["key"]}


def minted_by_a_key(boss: Person) -> Headers:
    """By one that ends, and asked for without an end."""
    body = {"name": "child", "scopes": ["account", "analyses:read"]}
    answer = boss.http.post(KEYS, json=body, headers=small_key(boss))
    assert answer.status_code == 201, answer.text
    return {"X-API-Key": answer.json()["key"]}


def rotated_by_itself(boss: Person) -> Headers:
    made = boss.new_key("account", "analyses:read", expires_at=soon(HOUR))
    own = {"X-API-Key": made["key"]}
    answer = boss.http.post(f"{KEYS}/{made['id']}/rotate", json={}, headers=own)
    assert answer.status_code == 201, answer.text
    return {"X-API-Key": answer.json()["key"]}


CREDENTIALS: dict[str, Callable[[Person], Headers]] = {
    "a key": small_key,
    "a key that a key has made": minted_by_a_key,
    "a key that has rotated itself": rotated_by_itself,
}


def may_and_lasts(made: httpx2.Response) -> str:
    """What is wrong with what was made by a credential of two scopes that ends within the hour."""
    if made.status_code in (403, 422):
        return ""
    if made.status_code != 201:
        return str(made.status_code)
    scopes, end = set(made.json()["scopes"]), made.json()["expires_at"]
    if not scopes <= {"account", "analyses:read"}:
        return f"may {sorted(scopes)}"
    return "" if end is not None and end <= soon(HOUR) else f"ends {end}"


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_what_a_key_makes_may_no_more_and_ends_no_later(
    ledger: Ledger, boss: Person, kind: str
) -> None:
    headers = CREDENTIALS[kind](boss)
    found, tried = [], 0
    ends: tuple[dict[str, str], ...] = (
        {},
        {"expires_at": soon(DAY)},
        {"expires_at": "9999-12-31T23:59:59Z"},
    )
    sets = [("account",), ("account", "analyses:read"), LARGE, *((one,) for one in LARGE)]
    for scopes, end in itertools.product(sets, ends):
        body = {"name": "child", "scopes": list(scopes), **end}
        minted = boss.http.post(KEYS, json=body, headers=headers)
        other = boss.new_key(*scopes, **end)
        rotated = boss.http.post(f"{KEYS}/{other['id']}/rotate", json={}, headers=headers)
        tried += 2
        for how, answer in (("mint", minted), ("rotate", rotated)):
            if wrong := may_and_lasts(answer):
                found.append(f"{how} {scopes} {end}: {wrong}")
    ledger.none(f"{kind} × mint, rotate", tried, "more or longer", found)


def test_a_session_makes_no_more_than_its_token_holds(
    ledger: Ledger, boss: Person, other: Person
) -> None:
    """It has no end: it is renewed for as long as it is used. So its keys need none."""
    found = []
    for scopes in (("admin",), ("account", "admin")):
        body = {"name": "child", "scopes": list(scopes)}
        for person, status in ((other, 422), (boss, 201)):
            answer = person.http.post(KEYS, json=body, headers=person.bearer)
            if answer.status_code != status:
                found.append(f"mint {scopes}: {answer.status_code}")
    mine = boss.new_key(*LARGE)
    answer = boss.http.post(f"{KEYS}/{mine['id']}/rotate", json={}, headers=boss.bearer)
    if answer.status_code != 201 or set(answer.json()["scopes"]) != set(LARGE):
        found.append(f"rotate: {answer.status_code}")
    ledger.none("a session × mint, rotate", 5, "more, or refused its own", found)
