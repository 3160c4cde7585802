"""Shares: who has the address of one sees parts of an analysis, until the share ends or is withdrawn.

A share is an object of its own beside the analysis, and is removed with it. One that has ended shows nothing; its
object goes when the next share of the analysis is made.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from sightline_contracts import ids

from result_service.analyses.lookup import Lookup
from result_service.errors import NoSuchShare, NothingToShare, TooManyShares
from result_service.models.shares import Part, Share, ShareRequest
from result_service.store import keys
from result_service.store.bucket import Bucket

MAX_SHARES = 20
"""Of one analysis at the same time. Simultaneous requests do not see each other, and may exceed it."""


class Sharing:
    """Each method raises Unavailable when the bucket does not answer."""

    def __init__(self, bucket: Bucket, lookup: Lookup) -> None:
        self._bucket = bucket
        self._lookup = lookup

    async def make(
        self, user_id: str, analysis_id: str, share_id: str, request: ShareRequest
    ) -> Share:
        """Idempotent by id: the share that was made first stands. Raises NoSuchAnalysis, NothingToShare,
        TooManyShares."""
        analysis = await self._lookup.summarized(user_id, analysis_id)
        if analysis.status != "succeeded":
            raise NothingToShare
        live = await self._live(user_id, analysis_id, remove_ended=True)
        for share in live:
            if share.share_id == share_id:
                return share
        if len(live) >= MAX_SHARES:
            raise TooManyShares
        now = datetime.now(UTC)
        share = Share(
            share_id=share_id,
            parts=sorted(set(request.parts)),
            created_at=ids.rfc3339(now),
            expires_at=ids.rfc3339(now + timedelta(seconds=request.expires_in)),
        )
        key = keys.share(user_id, analysis_id, share_id)
        await self._bucket.put(key, share.model_dump_json().encode())
        return share

    async def of(self, user_id: str, analysis_id: str) -> list[Share]:
        """The shares of an analysis that have not ended, oldest first. Raises NoSuchAnalysis."""
        await self._lookup.summarized(user_id, analysis_id)
        return await self._live(user_id, analysis_id)

    async def _live(
        self, user_id: str, analysis_id: str, *, remove_ended: bool = False
    ) -> list[Share]:
        listed = [
            entry.key async for entry in self._bucket.list(keys.shares_of(user_id, analysis_id))
        ]
        shares = await asyncio.gather(*map(self._read, listed))
        live = [share for share in shares if share is not None and not _has_ended(share)]
        if remove_ended and len(live) < len(listed):
            kept = {keys.share(user_id, analysis_id, share.share_id) for share in live}
            await self._bucket.delete([key for key in listed if key not in kept])
        return live

    async def require(self, user_id: str, analysis_id: str, share_id: str, part: Part) -> Share:
        """The share that shows this part. Raises NoSuchShare where none does, any more or at all."""
        share = await self._read(keys.share(user_id, analysis_id, share_id))
        if share is None or _has_ended(share) or not share.shows(part):
            raise NoSuchShare
        return share

    async def withdraw(self, user_id: str, analysis_id: str, share_id: str) -> None:
        """Raises NoSuchShare for one that is not there."""
        key = keys.share(user_id, analysis_id, share_id)
        if await self._bucket.head(key) is None:
            raise NoSuchShare
        await self._bucket.delete([key])

    async def _read(self, key: str) -> Share | None:
        stored = await self._bucket.get(key)
        return None if stored is None else Share.model_validate_json(stored.body)


def _has_ended(share: Share) -> bool:
    return datetime.fromisoformat(share.expires_at) <= datetime.now(UTC)
