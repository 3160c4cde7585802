"""What admins do: see who there is, and change what an account may."""

import asyncio
from typing import Any

from sightline_contracts import cursors

from user_service.accounts.trail import Trail
from user_service.accounts.users import LISTING, Users, listing, public
from user_service.credentials.sessions import Sessions
from user_service.table import PROFILE, ConditionFailed, Table, put


class Administration:
    def __init__(self, table: Table, users: Users, sessions: Sessions, trail: Trail) -> None:
        self._table = table
        self._trail = trail
        self._users = users
        self._sessions = sessions

    async def list(self, limit: int, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """A page of users, newest first, and the cursor of the next one. Raises InvalidRequest."""
        after = None if cursor is None else cursors.decode(cursor, "us")
        listed = await self._table.query(LISTING, limit=limit + 1, newest_first=True, after=after)
        user_ids = [item["sk"] for item in listed]
        profiles = await asyncio.gather(*map(self._users.profile, user_ids[:limit]))
        following = cursors.encode(user_ids[limit - 1]) if len(listed) > limit else None
        return [public(one) for one in profiles if one is not None], following

    async def limit(self, user_id: str, monthly_quota: int | None) -> None:
        """Analyses a month; None: as many as everybody. Raises NoSuchUser."""
        told = self._trail.entry(user_id, "quota.changed")
        await self._users.set(user_id, "monthly_quota", monthly_quota, told)

    async def suspend(self, user_id: str) -> None:
        """Nothing that the account has gets in any more, and nothing of it is lost. Raises
        NoSuchUser."""
        if (await self._users.existing(user_id)).get("suspended"):
            return
        await self._users.set(
            user_id, "suspended", True, self._trail.entry(user_id, "user.suspended")
        )
        await self._sessions.end_all(user_id)

    async def reinstate(self, user_id: str) -> None:
        """Raises NoSuchUser."""
        if (await self._users.existing(user_id)).get("suspended"):
            await self._users.set(
                user_id, "suspended", None, self._trail.entry(user_id, "user.reinstated")
            )

    async def list_everybody(self) -> None:
        """Those who signed up at a version that kept no list of users."""
        for profile in await self._table.scan(PROFILE):
            try:
                await self._table.write(put(listing(profile["user_id"])))
            except ConditionFailed:
                continue  # is listed
