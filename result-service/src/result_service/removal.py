"""What was deleted does not come back.

A tombstone says for two days, which is longer than an Idempotency-Key lives, that an analysis was
deleted: nobody accepts it again. Whoever was about to write an outcome meanwhile looks for the tombstone
afterwards and removes what it wrote. Should that one die in between, and for whole accounts, the sweeper
looks once more when no request from before can still be under way.
"""

import asyncio
import time

from result_service import keys
from result_service.bucket import Bucket
from result_service.models import Removal

ONCE_MORE_S = 30.0
"""Above the longest time that a request may take (an upload's 20 s) with its last call of the store."""


async def begin(bucket: Bucket, user_id: str, analysis_id: str) -> None:
    """Before anything is removed. Raises Unavailable."""
    deleted = Removal(user_id=user_id, analysis_ids=[analysis_id])
    await asyncio.gather(
        remove_in(bucket, ONCE_MORE_S, deleted), bury(bucket, user_id, analysis_id)
    )


async def remove_in(bucket: Bucket, seconds: float, what: Removal) -> None:
    """Let the sweeper remove it then. Raises Unavailable."""
    await bucket.put(keys.removal(time.time() + seconds), what.model_dump_json().encode())


async def bury(bucket: Bucket, user_id: str, analysis_id: str) -> None:
    """Write the tombstone; can be repeated. Raises Unavailable."""
    await bucket.put(keys.tombstone(user_id, analysis_id), b"", content_type="text/plain")


async def was_deleted(bucket: Bucket, user_id: str, analysis_id: str) -> bool:
    """Raises Unavailable."""
    return await bucket.head(keys.tombstone(user_id, analysis_id)) is not None


async def remove(bucket: Bucket, user_id: str, analysis_id: str) -> None:
    """Every object of an analysis; can be repeated. Raises Unavailable."""
    layout = (
        keys.pending,
        keys.upload,
        keys.preview,
        keys.dead_letter,
        keys.redrive,
        keys.intent,
    )
    await bucket.delete([key(user_id, analysis_id) for key in layout])
    # The outcome goes last: before that there is something that can be deleted again.
    await bucket.delete([keys.outcome(user_id, analysis_id)])
