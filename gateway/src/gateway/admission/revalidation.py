"""Ends a long answer when the credential that it was asked for with ends."""

import time
from collections.abc import AsyncIterator
from typing import TypeVar

from sightline_contracts.problems import NotFound, Problem

from gateway.admission.credentials import Credentials, Principal
from gateway.errors import Suspended, Unauthorized, UpstreamProblem
from gateway.upstream.users import UserService

REVALIDATE_EVERY_S = 30.0
T = TypeVar("T")


class Revalidation:
    """Looks at a caller's credential and account again every `every_s` seconds."""

    def __init__(
        self, users: UserService, credentials: Credentials, every_s: float = REVALIDATE_EVERY_S
    ) -> None:
        self._users = users
        self._credentials = credentials
        self.every_s = every_s

    async def while_valid(self, principal: Principal, source: AsyncIterator[T]) -> AsyncIterator[T]:
        """The items of `source`, until the credential ends, is deleted or loses a scope, or its user
        is deleted or suspended. Both are looked at when an item comes."""
        due = time.monotonic() + self.every_s
        async for item in source:
            if principal.ended:
                return
            if time.monotonic() >= due:
                if not await self._is_valid(principal):
                    return
                due = time.monotonic() + self.every_s
            yield item

    async def _is_valid(self, principal: Principal) -> bool:
        """True while user-service does not answer: the next look decides."""
        try:
            return principal.scopes <= await self._scopes(principal)
        except (Unauthorized, Suspended):
            return False
        except UpstreamProblem as problem:
            return problem.status != NotFound.status
        except Problem:
            return True

    async def _scopes(self, principal: Principal) -> frozenset[str]:
        if principal.api_key is not None:
            return (await self._credentials.look_up(principal.api_key)).scopes
        user = (await self._users.get_user(principal.user_id)).json()
        if user.get("suspended"):
            raise Suspended
        return frozenset(user["scopes"])
