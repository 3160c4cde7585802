"""An answer that goes on ends with the credential that it was asked for with."""

import time
from collections.abc import AsyncIterator
from typing import TypeVar

from sightline_contracts.problems import NotFound, Problem

from gateway.admission.credentials import Credentials, Principal
from gateway.errors import Suspended, Unauthorized, UpstreamProblem
from gateway.upstream.client import Upstream

LOOK_EVERY_S = 30.0
T = TypeVar("T")


class Standing:
    """Of callers, looked at anew every `look_every_s` seconds."""

    def __init__(
        self, users: Upstream, credentials: Credentials, look_every_s: float = LOOK_EVERY_S
    ) -> None:
        self._users = users
        self._credentials = credentials
        self.look_every_s = look_every_s

    async def while_let_in(
        self, principal: Principal, source: AsyncIterator[T]
    ) -> AsyncIterator[T]:
        """What comes from `source`, until the credential ends, is deleted or holds less, or its user
        is deleted or suspended. Both are looked at when something comes."""
        look_at = time.monotonic() + self.look_every_s
        async for item in source:
            if principal.ended:
                return
            if time.monotonic() >= look_at:
                if not await self._stands(principal):
                    return
                look_at = time.monotonic() + self.look_every_s
            yield item

    async def _stands(self, principal: Principal) -> bool:
        """While nobody can be asked it is as it was: the next look tells."""
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
        user = (await self._users.call("GET", f"/v1/users/{principal.user_id}")).json()
        if user.get("suspended"):
            raise Suspended
        return frozenset(user["scopes"])
