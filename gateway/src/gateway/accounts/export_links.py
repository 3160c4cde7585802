"""Links to an export: each works once, for a few minutes, and without credentials."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sightline_contracts import context
from sightline_contracts.problems import NotFound, Overloaded, Unavailable

from gateway.accounts.export import Export, File, archive
from gateway.admission.credentials import Principal

LINK_S = 300
EXPORTS_AT_ONCE = 4
"""Exports under way in one gateway: each reads everything that a user has."""


class ExportLinks:
    """Raises Unavailable while Redis, which keeps the links, is away."""

    def __init__(self, export: Export, redis: Redis) -> None:
        self._export = export
        self._redis = redis
        self._places = asyncio.Semaphore(EXPORTS_AT_ONCE)

    async def make(self, owner: Principal, *, keep: bool) -> tuple[str, datetime]:
        """A token and its end: five minutes from now, or the credential's end if that is earlier.
        Without `keep` the token opens nothing."""
        token = secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        end = now + timedelta(seconds=LINK_S)
        if owner.ends_at is not None:
            end = min(end, datetime.fromtimestamp(owner.ends_at, UTC))
        left_ms = max(1, round((end - now).total_seconds() * 1000))
        if keep:
            try:
                await self._redis.set(_key(token), owner.user_id, px=left_ms)
            except (RedisError, OSError) as error:
                raise Unavailable("No link can be kept right now.") from error
        return token, end

    async def require(self, token: str) -> None:
        """Raises NotFound for a token that opens nothing; uses nothing up."""
        try:
            is_kept = await self._redis.exists(_key(token))
        except (RedisError, OSError) as error:
            raise Unavailable("No link can be looked up right now.") from error
        if not is_kept:
            raise NotFound

    async def open(self, token: str) -> AsyncIterator[bytes]:
        """The archive, whose token is used up. Raises Overloaded, NotFound, and what the first call
        of user-service does."""
        if self._places.locked():
            raise Overloaded("Other exports are being made.")
        try:
            user_id = await self._redis.getdel(_key(token))
        except (RedisError, OSError) as error:
            raise Unavailable("No link can be looked up right now.") from error
        if user_id is None:
            raise NotFound
        files = self._export.files(user_id if isinstance(user_id, str) else user_id.decode())
        first = await anext(files)  # an account that is gone is still a 404
        return self._sent(first, files)

    async def _sent(self, first: File, files: AsyncIterator[File]) -> AsyncIterator[bytes]:
        context.deadline.set(None)  # the rest of the archive has no deadline

        async def all_files() -> AsyncIterator[File]:
            yield first
            async for file in files:
                yield file

        async with self._places:
            async for piece in archive(all_files()):
                yield piece


def _key(token: str) -> str:
    return f"export:{token}"
