"""A new password ends the sessions of the old one, in the transaction that sets it. Either the old one allows
it, or a link that was mailed."""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from sightline_contracts.problems import Unavailable

from user_service.accounts.links import Links
from user_service.accounts.passwords import Passwords, check_strength
from user_service.accounts.trail import Kind, Trail
from user_service.accounts.users import Users
from user_service.credentials.sessions import Sessions
from user_service.errors import WrongPassword
from user_service.table import PROFILE, ConditionFailed, Item, Table, Write, remove, update

TRIES = 5
_log = structlog.get_logger()
AT_ONCE = 90
"""Of the hundred members that a transaction may have."""


class PasswordChange:
    def __init__(
        self,
        table: Table,
        users: Users,
        passwords: Passwords,
        sessions: Sessions,
        trail: Trail,
        links: Links,
    ) -> None:
        self._table = table
        self._links = links
        self._trail = trail
        self._users = users
        self._passwords = passwords
        self._sessions = sessions

    async def change(self, user_id: str, current: str, wanted: str, *, but: str | None) -> None:
        """End every session other than the one with the id `but`, and whatever link was mailed. Raises
        WrongPassword, InvalidRequest, NoSuchUser."""

        async def is_known(profile: Item) -> None:
            right, _renewed = await self._passwords.verify(current, profile["password_hash"])
            if not right:
                raise WrongPassword

        ends = [self._links.end(user_id, "password-reset")]
        await self._replace(user_id, wanted, is_known, "password.changed", ends, but=but)

    async def reset(self, secret: str, wanted: str) -> None:
        """By the link that was mailed, which proves the address as well: end every session, and where the address
        was not proved before, API keys and providers' identities too. Raises
        LinkNotValid, InvalidRequest, NoSuchUser. A password that is too weak leaves the link as it is."""
        user_id = await self._links.owner("password-reset", secret)

        async def is_mailed(_profile: Item) -> None:
            await self._links.owner("password-reset", secret)

        used = [self._links.use("password-reset", secret)]
        await self._replace(user_id, wanted, is_mailed, "password.reset", used, but=None)

    async def _replace(
        self,
        user_id: str,
        wanted: str,
        check: Callable[[Item], Awaitable[None]],
        kind: Kind,
        also: Sequence[Write],
        *,
        but: str | None,
    ) -> None:
        """`check` is asked again each time that something has changed meanwhile."""
        for _ in range(TRIES):
            profile = await self._users.existing(user_id)
            chosen = check_strength(wanted, profile["email"])
            await check(profile)
            password_hash = await self._passwords.hash(chosen)
            held = await self._sessions.what_holds(user_id, but=but)
            doomed = [*held, *await self._of_strangers(profile, kind)]
            # Too many for one transaction: the rest ends before, and no harm is done by that.
            await self._table.remove_all(doomed[AT_ONCE:])
            ends = [remove(pk, sk) for pk, sk in doomed[:AT_ONCE]]
            told = [self._trail.entry(user_id, kind)]
            told += [self._trail.entry(user_id, "sessions.revoked")] if held else []
            new = _change(profile, password_hash, verified=kind == "password.reset")
            try:
                await self._table.write(new, *also, *told, *ends)
            except ConditionFailed:
                continue  # somebody signed in, changed it or used the link, since it was looked at
            await self._clear(user_id)
            return
        raise Unavailable("The account is being changed.")

    async def _of_strangers(self, profile: Item, kind: Kind) -> list[tuple[str, str]]:
        """What lets somebody in who had the account before its address was proved, which a link does now: they may
        have signed up with another's address."""
        if kind != "password.reset" or profile.get("email_verified"):
            return []
        return await self._users.lasting_credentials(profile["user_id"])

    async def _clear(self, user_id: str) -> None:
        """The password is changed whatever comes of it: what is left is good for nothing, and goes
        when its time is up."""
        try:
            await self._sessions.clear(user_id)
        except Unavailable as error:
            _log.warning("tokens_not_cleared", reason=error.detail)


def _change(profile: Item, password_hash: str, *, verified: bool) -> Write:
    """As long as the password is what it was, and nobody has signed in with it since. `verified`: who asks has
    shown to read what is mailed to the account's address."""
    begun = profile.get("sessions_begun")
    since = "attribute_not_exists(sessions_begun)" if begun is None else "sessions_begun = :begun"
    values = {":old": profile["password_hash"], ":new": password_hash}
    return update(
        profile["pk"],
        PROFILE,
        "SET password_hash = :new" + (", email_verified = :yes" if verified else ""),
        {
            **values,
            **({} if begun is None else {":begun": begun}),
            **({":yes": True} if verified else {}),
        },
        f"password_hash = :old AND {since}",
    )
