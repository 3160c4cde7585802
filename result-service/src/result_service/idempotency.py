"""Idempotency keys as objects: whoever writes first owns the key for a day."""

from datetime import UTC, datetime, timedelta

from sightline_contracts import ids, loader
from sightline_contracts.problems import Unavailable

from result_service import keys
from result_service.bucket import Bucket
from result_service.models import IdempotencyClaim, IdempotencyRecord

TTL = timedelta(seconds=loader.sla("gateway").settings["idempotency_ttl_s"])


async def claim(
    bucket: Bucket, user_id: str, digest: str, wanted: IdempotencyClaim
) -> tuple[IdempotencyRecord, bool]:
    """The record that stands for the key, and whether this claim made it.

    A record older than a day is replaced. Raises Unavailable.
    """
    key = keys.idempotency(user_id, digest)
    record = IdempotencyRecord(**wanted.model_dump(), created_at=ids.now())
    body = record.model_dump_json().encode()
    for _ in range(2):
        if await bucket.put_new(key, body):
            return record, True
        stored = await bucket.get(key)
        if stored is None:
            continue
        standing = IdempotencyRecord.model_validate_json(stored.body)
        if datetime.now(UTC) - datetime.fromisoformat(standing.created_at) < TTL:
            return standing, False
        await bucket.delete([key])
    raise Unavailable("The idempotency key is being written.")
