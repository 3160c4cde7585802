"""A new password ends the sessions of the old one, in the transaction that sets it."""

import structlog
from sightline_contracts.problems import Unavailable

from user_service.accounts.passwords import Passwords, check_strength
from user_service.accounts.trail import Trail
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
    ) -> None:
        self._table = table
        self._trail = trail
        self._users = users
        self._passwords = passwords
        self._sessions = sessions

    async def change(self, user_id: str, current: str, wanted: str, *, but: str | None) -> None:
        """End every session other than the one with the id `but`. Raises WrongPassword,
        InvalidRequest, NoSuchUser."""
        for _ in range(TRIES):
            profile = await self._users.existing(user_id)
            chosen = check_strength(wanted, profile["email"])
            right, _renewed = await self._passwords.verify(current, profile["password_hash"])
            if not right:
                raise WrongPassword
            password_hash = await self._passwords.hash(chosen)
            held = await self._sessions.what_holds(user_id, but=but)
            # Too many for one transaction: the rest ends before, and no harm is done by that.
            await self._table.remove_all(held[AT_ONCE:])
            ends = [remove(pk, sk) for pk, sk in held[:AT_ONCE]]
            told = [self._trail.entry(user_id, "password.changed")]
            told += [self._trail.entry(user_id, "sessions.revoked")] if held else []
            try:
                await self._table.write(_change(profile, password_hash), *told, *ends)
            except ConditionFailed:
                continue  # somebody signed in, or changed it, since it was looked at
            await self._clear(user_id)
            return
        raise Unavailable("The account is being changed.")

    async def _clear(self, user_id: str) -> None:
        """The password is changed whatever comes of it: what is left is good for nothing, and goes
        when its time is up."""
        try:
            await self._sessions.clear(user_id)
        except Unavailable as error:
            _log.warning("tokens_not_cleared", reason=error.detail)


def _change(profile: Item, password_hash: str) -> Write:
    """As long as the password is what it was, and nobody has signed in with it since."""
    begun = profile.get("sessions_begun")
    since = "attribute_not_exists(sessions_begun)" if begun is None else "sessions_begun = :begun"
    values = {":old": profile["password_hash"], ":new": password_hash}
    return update(
        profile["pk"],
        PROFILE,
        "SET password_hash = :new",
        values if begun is None else {**values, ":begun": begun},
        f"password_hash = :old AND {since}",
    )
