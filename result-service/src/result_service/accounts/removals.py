"""Keeps deleted things deleted.

For two days, longer than an Idempotency-Key lives, a tombstone marks a deleted analysis so that it is never
accepted again. A request that was about to write an outcome meanwhile looks for the tombstone afterwards and
removes what it wrote. In case that request dies in between, and for whole accounts, the sweeper looks again
when no earlier request can still be under way.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from result_service.index.folder import IndexFolder
from result_service.models.accounts import Removal
from result_service.store import keys
from result_service.store.bucket import Bucket

Tell = Callable[[str, str], Awaitable[None]]
"""Tells all replicas of a user's id and of the analysis that is being deleted; "" stands for all of them."""
ONCE_MORE_S = 30.0
"""Longer than a request may take (20 s for an upload) with its last call of the store."""


class Removals:
    """Each method raises Unavailable when the bucket does not answer. `once_more_s` is the time after
    which the sweeper looks again."""

    def __init__(
        self, bucket: Bucket, index: IndexFolder, tell: Tell, once_more_s: float = ONCE_MORE_S
    ) -> None:
        self._bucket = bucket
        self._index = index
        self._tell = tell
        self._once_more_s = once_more_s

    async def begin(self, user_id: str, analysis_id: str) -> None:
        """Mark an analysis as deleted, before any of its objects is removed."""
        removal = Removal(user_id=user_id, analysis_ids=[analysis_id])
        await asyncio.gather(self.once_more(removal), self.bury(user_id, analysis_id))

    async def begin_account(self, user_id: str) -> None:
        """Have the sweeper remove everything of a user. The marker survives a crash."""
        await self._bucket.put(keys.deletion(user_id), b"{}")

    async def once_more(self, removal: Removal) -> None:
        """Have the sweeper remove it when no earlier request can still be under way."""
        await self.schedule(self._once_more_s, removal)

    async def schedule(self, seconds: float, removal: Removal) -> None:
        """Have the sweeper remove it in so many seconds."""
        key = keys.removal(time.time() + seconds)
        await self._bucket.put(key, removal.model_dump_json().encode())

    async def bury(self, user_id: str, analysis_id: str) -> None:
        """Write the tombstone; can be repeated."""
        key = keys.tombstone(user_id, analysis_id)
        await self._bucket.put(key, b"", content_type="text/plain")

    async def was_deleted(self, user_id: str, analysis_id: str) -> bool:
        return await self._bucket.head(keys.tombstone(user_id, analysis_id)) is not None

    async def forget_account(self, user_id: str) -> None:
        """Take all of a user's out of every replica's memory, and out of this machine's index."""
        await asyncio.gather(self._tell(user_id, ""), self._index.forget(user_id))

    async def remove(self, user_id: str, analysis_id: str) -> None:
        """Remove every object of an analysis, and what this machine's index has of it; can be repeated."""
        await asyncio.gather(
            self._tell(user_id, analysis_id), self._index.remove(user_id, [analysis_id])
        )
        layout = (
            keys.pending,
            keys.upload,
            keys.preview,
            keys.embedding,
            keys.late,
            keys.dead_letter,
            keys.redrive,
            keys.intent,
        )
        shares = self._bucket.list(keys.shares_of(user_id, analysis_id))
        doomed = [key(user_id, analysis_id) for key in layout] + [one.key async for one in shares]
        await self._bucket.delete(doomed)
        # The outcome goes last: until then the analysis is found, and can be deleted again.
        await self._bucket.delete([keys.outcome(user_id, analysis_id)])
