"""Accounts: one per e-mail address."""

import re
import secrets
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from sightline_contracts import ids
from sightline_contracts.problems import InvalidRequest

from user_service.accounts.passwords import Passwords, check_strength
from user_service.accounts.trail import NOBODY, Trail
from user_service.errors import EmailTaken, NoSuchUser
from user_service.table import PROFILE, ConditionFailed, Item, Table, Write, put, update, user_pk

LISTING = "USERS"
SCOPES = ("analyses:read", "analyses:write", "account")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f.]+(\.[^@\s\x00-\x1f\x7f.]+)*")
EMAIL_LIMIT = 254


def scopes_of(profile: Item) -> list[str]:
    """What an account may do. Who may do everything may watch: an admin's key may have that scope alone."""
    scopes: list[str] = list(profile["scopes"])
    return [*scopes, "metrics:read"] if "admin" in scopes else scopes


def public(profile: Item) -> dict[str, Any]:
    """The user as the API shows it."""
    quota, budget = profile.get("monthly_quota"), profile.get("monthly_budget")
    return {
        "id": profile["user_id"],
        "email": profile["email"],
        "display_name": profile.get("display_name"),
        "created_at": profile["created_at"],
        "scopes": scopes_of(profile),
        "suspended": bool(profile.get("suspended")),
        "email_verified": bool(profile.get("email_verified")),
        "monthly_quota": None if quota is None else int(quota),
        "monthly_budget": None if budget is None else f"{budget:.2f}",
    }


POINTED_AT = ("APIKEY", "IDENTITY")
"""Kinds of items to which one of a key of its own points."""


class Users:
    def __init__(self, table: Table, passwords: Passwords, trail: Trail) -> None:
        self._table = table
        self._trail = trail
        self._passwords = passwords

    async def sign_up(self, email: str, password: str, display_name: str | None) -> dict[str, Any]:
        """Raises EmailTaken, InvalidRequest."""
        address = _address(email)
        chosen = check_strength(password, address)
        return await self._made(address, chosen, display_name)

    async def sign_up_by_identity(
        self,
        email: str,
        display_name: str | None,
        also: Callable[[str], Sequence[Write]],
        *,
        proved: bool,
    ) -> dict[str, Any]:
        """An account with a password that nobody knows: a mailed link sets another. `also`: what is written in
        the same transaction, by the user's id. Raises EmailTaken, InvalidRequest."""
        unknown = secrets.token_urlsafe(32)
        return await self._made(_address(email), unknown, display_name, also, proved=proved)

    async def _made(
        self,
        address: str,
        password: str,
        display_name: str | None,
        also: Callable[[str], Sequence[Write]] = lambda _user_id: (),
        *,
        proved: bool = False,
    ) -> dict[str, Any]:
        user_id = ids.new_id("us")
        profile: Item = {
            "pk": user_pk(user_id),
            "sk": PROFILE,
            "user_id": user_id,
            "email": address,
            "display_name": display_name,
            "created_at": ids.now(),
            "scopes": list(SCOPES),
            "password_hash": await self._passwords.hash(password),
            **({"email_verified": True} if proved else {}),
        }
        owner = {"pk": _email_pk(address), "sk": "EMAIL", "user_id": user_id}
        told = self._trail.entry(user_id, "user.signed_up")
        try:
            await self._table.write(
                put(owner), put(profile), put(listing(user_id)), *also(user_id), told
            )
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
        """An unknown address costs the same reads."""
        owner = await self._table.get(_email_pk(email), "EMAIL")
        return await self.profile(NOBODY if owner is None else owner["user_id"])

    async def rename(self, user_id: str, display_name: str | None) -> None:
        await self.set(user_id, "display_name", display_name)

    async def limit_spending(self, user_id: str, budget: Decimal | None) -> None:
        """US dollars a month, beyond which nothing is taken on; None: no limit."""
        await self.set(
            user_id, "monthly_budget", budget, self._trail.entry(user_id, "budget.changed")
        )

    async def grant(self, email: str, scope: str) -> None:
        """Raises NoSuchUser."""
        profile = await self.by_email(email)
        if profile is None:
            raise NoSuchUser(f"Nobody has signed up as {email}.")
        if scope not in profile["scopes"]:
            told = self._trail.entry(profile["user_id"], "user.scope_granted")
            await self.set(profile["user_id"], "scopes", [*profile["scopes"], scope], told)

    async def delete(self, user_id: str) -> None:
        """Remove every item of the user. The profile goes last: a crash before it leaves an
        account that can be deleted again. Raises NoSuchUser."""
        profile = await self.existing(user_id)
        await self._remove_own(user_id)
        last = [(_email_pk(profile["email"]), "EMAIL"), (LISTING, user_id)]
        await self._table.remove_all([*last, (user_pk(user_id), PROFILE)])
        await self._remove_own(user_id)  # what was written meanwhile, and nothing can be any more

    async def _remove_own(self, user_id: str) -> None:
        items = await self._table.query(user_pk(user_id))
        own = [(item["pk"], item["sk"]) for item in items if item["sk"] != PROFILE]
        await self._table.remove_all([*_pointers(items), *own])

    async def lasting_credentials(self, user_id: str) -> list[tuple[str, str]]:
        """Keys of the items of API keys and of providers' identities, by which somebody comes in without a session."""
        found = [await self._table.query(user_pk(user_id), f"{kind}#") for kind in POINTED_AT]
        items = [item for some in found for item in some]
        return [*_pointers(items), *((item["pk"], item["sk"]) for item in items)]

    async def set(self, user_id: str, name: str, value: Any, *told: Write) -> None:
        """Change one attribute, or remove it where the value is None, and tell of it. Raises
        NoSuchUser."""
        expression = "REMOVE #name" if value is None else "SET #name = :value"
        change = update(
            user_pk(user_id),
            PROFILE,
            expression,
            {} if value is None else {":value": value},
            "attribute_exists(pk)",
            {"#name": name},
        )
        try:
            await self._table.write(change, *told)
        except ConditionFailed as error:
            raise NoSuchUser from error


def _address(email: str) -> str:
    """Raises InvalidRequest."""
    address = email.strip()
    if len(address) > EMAIL_LIMIT or _EMAIL.fullmatch(address) is None:
        detail = "is not an e-mail address"
        raise InvalidRequest(errors=[{"pointer": "/email", "detail": detail}])
    return address


def listing(user_id: str) -> Item:
    """One small item for each user, in the order of their ids, which is that of their sign-ups."""
    return {"pk": LISTING, "sk": user_id}


def _email_pk(email: str) -> str:
    """Addresses that differ in case alone are one."""
    return f"EMAIL#{email.strip().lower()}"


def _pointers(items: Sequence[Item]) -> list[tuple[str, str]]:
    return [
        (item["sk"], kind)
        for item in items
        for kind in POINTED_AT
        if item["sk"].startswith(f"{kind}#")
    ]
