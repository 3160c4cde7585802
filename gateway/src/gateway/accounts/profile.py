"""What a user does with the own account, where more than one call of a service is needed."""

import asyncio
from typing import Any

from sightline_contracts.problems import Problem

from gateway.admission.sign_in_throttle import SignInThrottle
from gateway.errors import UpstreamTimeout
from gateway.upstream.answers import Answer
from gateway.upstream.client import NOT_ANSWERED
from gateway.upstream.results import ResultService
from gateway.upstream.users import UserService

WRONG_PASSWORD = "wrong-password"  # noqa: S105  # a problem's name


class Profile:
    """Raises what calls of user-service and result-service do."""

    def __init__(
        self, users: UserService, results: ResultService, throttle: SignInThrottle
    ) -> None:
        self._users = users
        self._results = results
        self._throttle = throttle

    async def change(
        self, user_id: str, changes: dict[str, Any], address: str, client: dict[str, str]
    ) -> Answer:
        """Raises RateLimited besides, for who guesses the current password."""
        if changes.get("current_password") is None:
            return await self._users.change_user(user_id, changes, client)
        attempt = await self._throttle.begin(user_id, address)
        try:
            answer = await self._users.change_user(user_id, changes, client)
        except Problem as problem:
            # After a timeout nobody knows whether a password was checked, so the attempt counts.
            if problem.slug != WRONG_PASSWORD and not isinstance(problem, UpstreamTimeout):
                await self._throttle.discount(attempt)
            raise
        await self._throttle.discount(attempt)
        return answer

    async def delete(self, user_id: str) -> None:
        """The images are marked first: if the account cannot be removed now, asking again does the
        rest."""
        await self._results.delete_user(user_id)
        await self._users.delete_user(user_id)

    async def usage(self, user_id: str, params: dict[str, str]) -> dict[str, Any]:
        """The bill of a month and the storage, which is None while result-service cannot tell it:
        the bill does not depend on it."""
        bill, storage = await asyncio.gather(
            self._users.usage(user_id, params), self._storage(user_id)
        )
        return {**bill.json(), "storage": storage}

    async def _storage(self, user_id: str) -> dict[str, Any] | None:
        try:
            return dict((await self._results.storage(user_id)).json())
        except NOT_ANSWERED:
            return None
