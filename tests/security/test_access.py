"""Every endpoint of the contract, asked by whoever must not get anything from it."""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from conftest import User, until
from security import calls
from security.calls import ADMIN, OPEN, SCOPES, Operation, operations
from security.forge import Mint
from security.ledger import Ledger
from security.people import Person, person

CLOSED = [one for one in operations() if one.call.scope != OPEN]
NAMED = [one for one in CLOSED if one.things]
UNKNOWN = {
    "analysis_id": "an_01k0000000000000000000000a",
    "batch_id": "ba_01k0000000000000000000000a",
    "api_key_id": "ak_01k0000000000000000000000a",
    "user_id": "us_01k0000000000000000000000a",
    "share_id": "sh_01k0000000000000000000000a",
    "session_id": "se_01k0000000000000000000000a",
    "token": "a" * 43,
}
Headers = dict[str, str]


def ask(http: httpx2.Client, one: Operation, headers: Headers, **things: str) -> httpx2.Response:
    call = one.call
    body: dict[str, Any] = {}
    if call.json is not None:
        unique = json.dumps(call.json).replace("{unique}", uuid.uuid4().hex)
        body = {"json": json.loads(unique)}
    if call.form is not None:
        body = {"data": call.form}
    path = one.path(**{**UNKNOWN, **things})
    return http.request(one.method, path, headers={**call.headers, **headers}, timeout=10, **body)


def shown(one: Operation, key: str) -> Headers:
    """A key, as this endpoint takes keys. What AWS signatures may do is in test_signatures.py."""
    return {"Authorization": f"Key {key}"} if one.call.scheme == "Key" else {"X-API-Key": key}


def refused(one: Operation, answer: httpx2.Response, *statuses: int) -> bool:
    """A refusal, in the shape of its endpoint; AWS has 400 for all of them."""
    return answer.status_code in ((400,) if one.call.scheme == "SigV4" else statuses)


def leaks(
    tried: list[Operation],
    statuses: tuple[int, ...],
    http: httpx2.Client,
    headers: Callable[[Operation], Headers],
) -> list[str]:
    return [
        f"{one.name}: {answer.status_code}"
        for one in tried
        if not refused(one, answer := ask(http, one, headers(one)), *statuses)
    ]


def test_it_is_known_how_each_endpoint_is_called() -> None:
    assert not calls.unknown(), (
        f"say in tests/security/calls.py how to call, and who may call: {calls.unknown()}"
    )


def test_without_credentials_nothing_is_given(ledger: Ledger, owner: Person) -> None:
    found = leaks(CLOSED, (401,), owner.http, lambda _: {})
    ledger.none("endpoints × no credentials", len(CLOSED), "leaked", found)


def test_an_expired_token_is_none(ledger: Ledger, mint: Mint, owner: Person) -> None:
    ended = {"Authorization": f"Bearer {mint.token(claims={'exp': mint.claims['iat'] - 1})}"}
    found = leaks(CLOSED, (401,), owner.http, lambda _: ended)
    ledger.none("endpoints × a token that has ended", len(CLOSED), "leaked", found)


def test_a_key_with_another_scope_opens_nothing(ledger: Ledger, boss: Person) -> None:
    found, tried = [], 0
    for scope in SCOPES:
        others = [one for one in CLOSED if one.call.scope != scope and one.call.scheme != "SigV4"]
        tried += len(others)
        found += leaks(others, (403,), boss.http, lambda one: shown(one, boss.key(scope)))  # noqa: B023  # called at once
    ledger.none("endpoints × a key with each wrong scope", tried, "leaked", found)


def test_an_account_that_is_no_admin_may_not_what_admins_may(
    ledger: Ledger, owner: Person, other: Person
) -> None:
    tried = [one for one in CLOSED if one.call.scope == ADMIN]
    found = leaks(tried, (403,), owner.http, lambda _: owner.bearer)
    for one in tried:
        if (
            "user_id" in one.things
            and ask(owner.http, one, owner.bearer, user_id=other.id).status_code != 403
        ):
            found.append(one.name)
    ledger.none("endpoints of admins × somebody's token", len(tried), "leaked", found)


@pytest.fixture
def things(owner: Person, tiny: bytes) -> dict[str, str]:
    """One of each that an address can name, of the owner."""
    user = owner.user
    analysis = user.ended(user.submit_file(tiny, data={"operations": "hash"})["id"])
    batch = user.post("/v1/batches", json={"items": [calls.ADDRESS]}).json()
    found = {
        "analysis_id": str(analysis["id"]),
        "batch_id": str(batch["id"]),
        "api_key_id": str(owner.new_key("account")["id"]),
        "user_id": owner.id,
    }
    if calls.offered("POST /v1/analyses/{analysis_id}/share"):
        share = user.post(f"/v1/analyses/{analysis['id']}/share", json={})
        found["share_id"] = str(share.json()["share_id"])
    if calls.offered("GET /v1/me/sessions"):
        found["session_id"] = str(user.get("/v1/me/sessions").json()["items"][0]["id"])
    return found


def without_ids(answer: httpx2.Response, path: str) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers without what differs from request to request."""
    own = {"x-request-id", "date", "ratelimit", "ratelimit-policy", "content-length"}
    own |= {"server-timing"}  # how long it took this time
    headers = {name: value for name, value in answer.headers.items() if name not in own}
    body = answer.text.replace(path, "/…").replace(answer.headers["X-Request-Id"], "…")
    return answer.status_code, re.sub(r"\b[a-z]{2}_[0-9a-z]{26}\b", "…", body), headers


def test_anothers_thing_is_as_one_that_is_not_there(
    ledger: Ledger, owner: Person, other: Person, things: dict[str, str]
) -> None:
    mine = [one for one in NAMED if one.call.scope != ADMIN]
    missing = {thing for one in mine for thing in one.things} - set(things)
    assert not missing, f"say in the fixture how the owner gets one: {missing}"
    found = []
    for one in mine:
        theirs, none = (
            without_ids(ask(other.http, one, other.bearer, **given), one.path(**given))
            for given in ({**UNKNOWN, **things}, UNKNOWN)
        )
        if theirs != none or theirs[0] != 404:
            found.append(f"{one.name}: {theirs} {none}")
    kept = [
        one.name
        for one in mine
        if one.method == "GET"
        and not one.call.streams
        and ask(owner.http, one, owner.bearer, **things).status_code != 200
    ]
    assert kept == [], "what another has tried has changed what the owner has"
    ledger.none("endpoints × another's thing, against an unknown one", len(mine), "leaked", found)


def test_the_edge_keeps_nothing_of_anybody(
    ledger: Ledger, owner: Person, other: Person, things: dict[str, str]
) -> None:
    """The owner asks, so that it could be stored; then another does, and somebody unknown."""
    tried = [one for one in CLOSED if one.method == "GET" and not one.call.streams]
    found, asked = [], 0
    for one in tried:
        own = ask(owner.http, one, owner.bearer, **things)
        for headers in (other.bearer, {}, {"X-API-Key": "x"}, {"Cookie": "a=b"}):
            answer = ask(owner.http, one, headers, **things)
            asked += 1
            stored = answer.headers.get("X-Cache") in ("Hit", "Stale", "RefreshHit")
            same = own.status_code == 200 and answer.content == own.content and "{" in one.template
            if stored or "Age" in answer.headers or same:
                found.append(f"{one.name}: {answer.headers.get('X-Cache')}")
    ledger.none("answers to the owner × what the edge's cache has of them", asked, "leaked", found)


def test_a_suspended_user_gets_nothing(
    ledger: Ledger, boss: Person, sign_up: Callable[[], User]
) -> None:
    """By keys that nobody has seen yet; a token lives on for its minutes, as docs/security.md says."""
    what = "endpoints × a suspended user's keys"
    if not calls.offered(calls.SUSPEND):
        ledger.said(what, "nobody can be suspended (not in the contract)")
        return
    gone = person(sign_up())
    tried = [one for one in CLOSED if one.call.scope in SCOPES[:3] and one.call.scheme != "SigV4"]
    keys = {one.name: gone.key(one.call.scope) for one in tried}
    answer = boss.user.request("PATCH", f"/v1/users/{gone.id}", json={"suspended": True})
    assert answer.status_code == 200, answer.text
    found = leaks(tried, (401, 403), boss.http, lambda one: shown(one, keys[one.name]))
    form = {"grant_type": "refresh_token", "refresh_token": gone.refresh_token}
    if boss.http.post("/v1/oauth/token", data=form).status_code != 400:
        found.append("refresh token")
    ledger.none(what, len(tried) + 1, "leaked", found)


def test_the_right_scope_alone_is_enough(owner: Person, boss: Person) -> None:
    """Else the refusals above would prove nothing."""
    for one in CLOSED:
        if one.method == "GET" and not one.call.streams and one.name != "GET /v1/me/export":
            key = boss.key(one.call.scope)
            answer = until(lambda: ask(boss.http, one, shown(one, key)))  # noqa: B023  # called at once
            assert answer.status_code in (200, 404), (one.name, answer.text)
    assert owner.id != boss.id
