"""Accounts: one per e-mail address."""

import re
from typing import Any

from sightline_contracts import ids
from sightline_contracts.problems import InvalidRequest

from user_service.errors import EmailTaken, NoSuchUser, WrongPassword
from user_service.passwords import Passwords, check_strength
from user_service.table import ConditionFailed, Item, Table, put, update, user_pk

PROFILE = "PROFILE"
SCOPES = ("analyses:read", "analyses:write", "account")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f.]+(\.[^@\s\x00-\x1f\x7f.]+)*")
EMAIL_LIMIT = 254


def public(profile: Item) -> dict[str, Any]:
    """The user as the API shows it."""
    return {
        "id": profile["user_id"],
        "email": profile["email"],
        "display_name": profile.get("display_name"),
        "created_at": profile["created_at"],
        "scopes": list(profile["scopes"]),
    }


class Users:
    def __init__(self, table: Table, passwords: Passwords) -> None:
        self._table = table
        self._passwords = passwords

    async def sign_up(self, email: str, password: str, display_name: str | None) -> dict[str, Any]:
        """Raises EmailTaken, InvalidRequest."""
        address = email.strip()
        if len(address) > EMAIL_LIMIT or _EMAIL.fullmatch(address) is None:
            detail = "is not an e-mail address"
            raise InvalidRequest(errors=[{"pointer": "/email", "detail": detail}])
        check_strength(password, address)
        user_id = ids.new_id("us")
        profile: Item = {
            "pk": user_pk(user_id), "sk": PROFILE, "user_id": user_id, "email": address,
            "display_name": display_name, "created_at": ids.now(), "scopes": list(SCOPES),
            "password_hash": await self._passwords.hash(password),
        }  # fmt: skip
        owner = {"pk": _email_pk(address), "sk": "EMAIL", "user_id": user_id}
        try:
            await self._table.write(put(owner), put(profile))
        except ConditionFailed as error:
            raise EmailTaken from error
        return public(profile)

    async def profile(self, user_id: str) -> Item | None:
        return await self._table.get(user_pk(user_id), PROFILE)

    async def existing(self, user_id: str) -> Item:
        """Raises NoSuchUser."""
        profile = await self.profile(user_id)
        if profile is None:
            raise NoSuchUser
        return profile

    async def by_email(self, email: str) -> Item | None:
        owner = await self._table.get(_email_pk(email), "EMAIL")
        return None if owner is None else await self.profile(owner["user_id"])

    async def rename(self, user_id: str, display_name: str | None) -> None:
        await self._set(user_id, "display_name", display_name)

    async def store_hash(self, user_id: str, password_hash: str) -> None:
        await self._set(user_id, "password_hash", password_hash)

    async def change_password(self, user_id: str, current: str, wanted: str) -> None:
        """Raises WrongPassword, InvalidRequest, NoSuchUser."""
        profile = await self.existing(user_id)
        check_strength(wanted, profile["email"])
        right, _ = await self._passwords.verify(current, profile["password_hash"])
        if not right:
            raise WrongPassword
        await self.store_hash(user_id, await self._passwords.hash(wanted))

    async def grant(self, email: str, scope: str) -> None:
        """Raises NoSuchUser."""
        profile = await self.by_email(email)
        if profile is None:
            raise NoSuchUser(f"Nobody has signed up as {email}.")
        if scope not in profile["scopes"]:
            await self._set(profile["user_id"], "scopes", [*profile["scopes"], scope])

    async def delete(self, user_id: str) -> None:
        """Remove every item of the user. The profile goes last: a crash before it leaves an
        account that can be deleted again. Raises NoSuchUser."""
        profile = await self.existing(user_id)
        items = await self._table.query(user_pk(user_id))
        pointers = [(item["sk"], "APIKEY") for item in items if item["sk"].startswith("APIKEY#")]
        own = [(item["pk"], item["sk"]) for item in items if item["sk"] != PROFILE]
        await self._table.remove_all([*pointers, *own])
        last = [(_email_pk(profile["email"]), "EMAIL"), (user_pk(user_id), PROFILE)]
        await self._table.remove_all(last)

    async def _set(self, user_id: str, name: str, value: Any) -> None:
        change = update(
            user_pk(user_id), PROFILE, "SET #name = :value", {":value": value},
            "attribute_exists(pk)", {"#name": name},
        )  # fmt: skip
        try:
            await self._table.write(change)
        except ConditionFailed as error:
            raise NoSuchUser from error


def _email_pk(email: str) -> str:
    """Addresses that differ in case alone are one."""
    return f"EMAIL#{email.strip().lower()}"
