"""What a password is, and what its change ends."""

import unicodedata
from typing import Any

import pytest
from conftest import PASSWORD, Service
from sightline_contracts.problems import Unavailable

from user_service.credentials.password_change import AT_ONCE
from user_service.credentials.refresh_tokens import parse
from user_service.credentials.sessions import _sk
from user_service.table import PROFILE, Table, put, remove, update, user_pk

COMPOSED = unicodedata.normalize("NFC", "pässwörter für Ämter")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
SPACED = COMPOSED.replace(" ", "\u00a0")
SPELLINGS = {"composed": COMPOSED, "decomposed": DECOMPOSED, "other spaces": SPACED}
NEW = "another password"


async def status(service: Service, user: dict[str, Any], password: str) -> int:
    form = {"grant_type": "password", "username": user["email"], "password": password}
    return (await service.token(**form)).status_code


async def change(service: Service, user: dict[str, Any], **body: str) -> Any:
    return await service.client.patch(f"/v1/users/{user['id']}", json=body)


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_password_is_the_same_however_it_is_written(
    service: Service, spelling: str
) -> None:
    user = await service.sign_up(password=SPELLINGS[spelling])
    assert [await status(service, user, one) for one in SPELLINGS.values()] == [200] * 3
    assert await status(service, user, COMPOSED.upper()) == 400
    assert await status(service, user, unicodedata.normalize("NFKD", "ﬁ") + COMPOSED) == 400


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_a_changed_password_is_the_same_however_it_is_written(
    service: Service, spelling: str
) -> None:
    user = await service.sign_up()
    first = await change(service, user, password=SPELLINGS[spelling], current_password=PASSWORD)
    assert first.status_code == 200
    assert [await status(service, user, one) for one in SPELLINGS.values()] == [200] * 3
    back = await change(service, user, password=NEW, current_password=DECOMPOSED)
    assert back.status_code == 200


async def from_before(service: Service, password: str) -> dict[str, Any]:
    """A user whose hash is of the password as it was given."""
    user = await service.sign_up()
    given = service.wiring.users._passwords._hash.hash(password)
    await service.wiring.users.set(user["id"], "password_hash", given)
    return user


async def test_a_password_of_a_version_before_works_as_it_was_given_and_then_as_all_do(
    service: Service,
) -> None:
    user = await from_before(service, DECOMPOSED)
    assert await status(service, user, COMPOSED) == 400
    assert await status(service, user, DECOMPOSED) == 200
    assert [await status(service, user, one) for one in SPELLINGS.values()] == [200] * 3


@pytest.mark.parametrize(
    "password", ["bell \x07 and all", "heart \u2764\ufe0f heart", "new \u0378 letter"]
)
async def test_what_no_password_may_have_is_refused_and_works_where_it_is_one(
    service: Service, password: str
) -> None:
    user = await from_before(service, password)
    assert await status(service, user, password) == 200
    refused = await change(service, user, password=f"{password}!", current_password=password)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/password")
    body = {"email": f"other-{user['email']}", "password": password}
    answer = await service.client.post("/v1/users", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/password")
    assert (await change(service, user, password=NEW, current_password=password)).status_code == 200


async def test_what_is_counted_of_a_password_is_what_is_hashed(service: Service) -> None:
    short = unicodedata.normalize("NFD", "äöüäöüä")
    assert len(short) > 8
    body = {"email": "short@example.test", "password": short}
    assert (await service.client.post("/v1/users", json=body)).status_code == 422


@pytest.mark.parametrize("password", [PASSWORD, DECOMPOSED, "bell \x07 and all"])
async def test_a_wrong_password_costs_as_much_whatever_is_stored(
    service: Service, monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    users = [
        await service.sign_up(password=COMPOSED + "!"),
        await from_before(service, "other one"),
    ]
    passwords = service.wiring.users._passwords
    seen: list[str] = []
    verify = passwords._hash.verify_and_update

    def counted(given: str, stored: str) -> tuple[bool, str | None]:
        seen.append(stored)
        return verify(given, stored)

    monkeypatch.setattr(passwords._hash, "verify_and_update", counted)
    work = []
    for user in [*users, {"email": "nobody@example.test"}]:
        seen.clear()
        assert await status(service, user, password) == 400
        work.append(len(seen))
    assert len(set(work)) == 1


async def refresh(service: Service, token: str) -> int:
    answer = await service.token(grant_type="refresh_token", refresh_token=token)
    return answer.status_code


async def test_a_new_password_is_set_with_the_end_of_the_sessions_or_not_at_all(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever write is the last that comes through."""
    user = await service.sign_up()
    write = Table.write
    allowed = done = 0

    async def broken_off(self: Table, *writes: Any) -> None:
        nonlocal done
        if done == allowed:
            raise Unavailable("The table does not answer.")
        done += 1
        await write(self, *writes)

    changes = [(PASSWORD, NEW), (NEW, PASSWORD)]
    while True:
        current, wanted = changes[0]
        tokens = [await service.sign_in(user, current) for _ in range(2)]
        done = 0
        with monkeypatch.context() as patch:
            patch.setattr(Table, "write", broken_off)
            answer = await change(service, user, password=wanted, current_password=current)
        changed = await status(service, user, wanted) == 200
        assert changed == (answer.status_code == 200)
        going_on = [await refresh(service, one["refresh_token"]) for one in tokens]
        assert going_on == ([400, 400] if changed else [200, 200])
        if answer.status_code == 200:
            break
        changes = changes[::-1] if changed else changes
        allowed += 1
    assert allowed >= 1


async def test_a_new_password_ends_a_token_of_a_version_without_sessions(service: Service) -> None:
    user = await service.sign_up()
    token = (await service.sign_in(user))["refresh_token"]
    held = parse(token)
    session = (user_pk(held.user_id), f"SESSION#{held.family}")
    plain = update(user_pk(held.user_id), held.sk, "REMOVE tracked", {})
    await service.wiring.table.write(remove(*session), plain)
    answer = await change(service, user, password=NEW, current_password=PASSWORD)
    assert answer.status_code == 200
    assert await refresh(service, token) == 400


async def test_a_session_that_begins_while_the_password_is_changed_ends_with_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await service.sign_up()
    sessions, begun = service.wiring.sessions, []
    look = sessions.what_holds

    async def look_and_be_late(*given: Any, **more: Any) -> Any:
        found = await look(*given, **more)
        if not begun:
            begun.append(await service.sign_in(user))
        return found

    monkeypatch.setattr(sessions, "what_holds", look_and_be_late)
    answer = await change(service, user, password=NEW, current_password=PASSWORD)
    assert answer.status_code == 200
    assert await refresh(service, begun[0]["refresh_token"]) == 400
    assert await service.sessions(user) == []


async def test_a_rehash_at_sign_in_does_not_bring_the_old_password_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await from_before(service, DECOMPOSED)
    passwords = service.wiring.users._passwords
    verify, late = passwords.verify, []

    async def verify_slowly(password: str, stored: str | None) -> tuple[bool, str | None]:
        found = await verify(password, stored)
        if not late:
            late.append(True)
            done = await change(service, user, password=NEW, current_password=DECOMPOSED)
            assert done.status_code == 200
        return found

    monkeypatch.setattr(passwords, "verify", verify_slowly)
    assert await status(service, user, DECOMPOSED) == 400
    assert [await status(service, user, one) for one in (DECOMPOSED, NEW)] == [400, 200]


async def test_more_sessions_than_a_transaction_holds_end_too(service: Service) -> None:
    user = await service.sign_up()
    tokens = await service.sign_in(user)
    pk = user_pk(user["id"])
    session = await service.wiring.table.query(pk, "SESSION#")
    for number in range(AT_ONCE + 5):
        family = f"01k00000000000000000{number:06d}"
        await service.wiring.table.write(put({**session[0], "sk": _sk(family)}))
    answer = await change(service, user, password=NEW, current_password=PASSWORD)
    assert answer.status_code == 200
    assert await service.wiring.table.query(pk, "SESSION#") == []
    assert await refresh(service, tokens["refresh_token"]) == 400
    assert await service.wiring.table.query(pk, "REFRESH#") == []


async def test_a_token_that_was_just_used_is_none_any_more_when_its_session_has_ended(
    service: Service,
) -> None:
    """Although its child is there still, as in the moment in which tokens are cleared away."""
    user = await service.sign_up()
    tokens = await service.sign_in(user)
    assert await refresh(service, tokens["refresh_token"]) == 200
    assert await refresh(service, tokens["refresh_token"]) == 200
    held = await service.wiring.sessions.what_holds(user["id"], but=None)
    await service.wiring.table.remove_all(held)
    assert await refresh(service, tokens["refresh_token"]) == 400


async def test_a_suspension_between_the_look_and_the_write_lets_nobody_in(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await service.sign_up()
    passwords, verify = service.wiring.users._passwords, service.wiring.users._passwords.verify

    async def verify_and_be_late(password: str, stored: str | None) -> tuple[bool, str | None]:
        found = await verify(password, stored)
        await suspend(service, user)
        return found

    monkeypatch.setattr(passwords, "verify", verify_and_be_late)
    assert await status(service, user, PASSWORD) == 400
    assert await service.sessions(user) == []


async def suspend(service: Service, user: dict[str, Any]) -> None:
    """The mark alone: the sessions are ended after it."""
    change = update(user_pk(user["id"]), PROFILE, "SET suspended = :yes", {":yes": True})
    await service.wiring.table.write(change)


async def test_a_suspension_between_the_look_and_the_write_renews_no_token(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await service.sign_up()
    tokens = await service.sign_in(user)
    users, look = service.wiring.users, service.wiring.users.profile

    async def look_and_be_late(user_id: str) -> Any:
        found = await look(user_id)
        await suspend(service, user)
        return found

    monkeypatch.setattr(users, "profile", look_and_be_late)
    assert await refresh(service, tokens["refresh_token"]) == 400
