"""Whose account it is that somebody signs in to by a provider: an identity is an issuer and a subject."""

import hashlib
from typing import Protocol

from sightline_contracts.problems import InvalidRequest

from user_service.accounts.trail import Trail
from user_service.accounts.users import Users
from user_service.errors import AddressNotProved, EmailTaken, NoSuchUser, SignInRefused
from user_service.table import PROFILE, ConditionFailed, Item, Table, Write, put, require, user_pk


class Person(Protocol):
    """As a provider knows them. `proved`: it says that `email` is theirs."""

    @property
    def provider(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def email(self) -> str | None: ...
    @property
    def proved(self) -> bool: ...
    @property
    def name(self) -> str | None: ...


class Identities:
    def __init__(self, table: Table, users: Users, trail: Trail) -> None:
        self._table = table
        self._users = users
        self._trail = trail

    async def profile_of(self, person: Person) -> Item:
        """Of the account that the identity belongs to; else of the one with its address, where both sides have
        proved that; else of a new one. Raises AddressNotProved, SignInRefused."""
        owner = await self._table.get(_pk(person), "IDENTITY")
        if owner is not None:
            known = await self._users.profile(owner["user_id"])
            if known is None:  # it is being deleted
                raise SignInRefused("The account is being deleted.")
            return known
        if person.email is None:
            raise SignInRefused("The provider does not tell an e-mail address.")
        profile = await self._users.by_email(person.email)
        return await (
            self._made(person, person.email) if profile is None else self._linked(person, profile)
        )

    async def _linked(self, person: Person, profile: Item) -> Item:
        """The address is what joins them: whoever has not proved it on one side could take what is another's on
        the other."""
        if not (person.proved and profile.get("email_verified")):
            raise AddressNotProved
        user_id = profile["user_id"]
        proved = require(user_pk(user_id), PROFILE, "email_verified = :yes", {":yes": True})
        told = self._trail.entry(user_id, "identity.linked", person.provider)
        try:
            await self._table.write(proved, *_writes(person, user_id), told)
        except ConditionFailed as error:
            raise SignInRefused("The account has changed; begin again.") from error
        return profile

    async def _made(self, person: Person, email: str) -> Item:
        def also(user_id: str) -> list[Write]:
            return _writes(person, user_id)

        try:
            user = await self._users.sign_up_by_identity(
                email, person.name, also, proved=person.proved
            )
            return await self._users.existing(user["id"])
        except InvalidRequest as error:
            raise SignInRefused("The provider does not tell an e-mail address.") from error
        except (EmailTaken, NoSuchUser) as error:
            raise SignInRefused("The account has changed; begin again.") from error


def _writes(person: Person, user_id: str) -> list[Write]:
    """Whose the identity is, and that the user has it: for whoever deletes the user."""
    pk = _pk(person)
    own = {"pk": user_pk(user_id), "sk": pk, "provider": person.provider}
    return [put({"pk": pk, "sk": "IDENTITY", "user_id": user_id}), put(own)]


def _pk(person: Person) -> str:
    """Issuer and subject can be long, and say who somebody is elsewhere: the table has their digest."""
    both = f"{person.issuer}\0{person.subject}".encode()
    return f"IDENTITY#{hashlib.sha256(both).hexdigest()}"
