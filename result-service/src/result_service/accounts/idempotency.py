"""Idempotency-Keys as objects: the first writer owns a key for a day."""

from datetime import UTC, datetime, timedelta

from sightline_contracts import ids
from sightline_contracts.problems import Unavailable

from result_service.accounts.removals import Removals
from result_service.models.accounts import IdempotencyAnswer, IdempotencyClaim, IdempotencyRecord
from result_service.store import keys
from result_service.store.bucket import Bucket


class IdempotencyKeys:
    """`ttl_s` is the number of seconds for which a key belongs to its first claim."""

    def __init__(self, bucket: Bucket, removals: Removals, ttl_s: float) -> None:
        self._bucket = bucket
        self._removals = removals
        self._ttl = timedelta(seconds=ttl_s)

    async def claim(
        self, user_id: str, digest: str, claim: IdempotencyClaim
    ) -> tuple[IdempotencyAnswer, bool]:
        """The record that stands for the key, and whether this claim made it. A record older than the
        time to live is replaced. Raises Unavailable."""
        key = keys.idempotency(user_id, digest)
        record = IdempotencyRecord(**claim.model_dump(), created_at=ids.now())
        body = record.model_dump_json().encode()
        for _ in range(2):
            if await self._bucket.put_new(key, body):
                return IdempotencyAnswer(**record.model_dump()), True
            stored = await self._bucket.get(key)
            if stored is None:
                continue
            standing = IdempotencyRecord.model_validate_json(stored.body)
            if datetime.now(UTC) - datetime.fromisoformat(standing.created_at) < self._ttl:
                deleted = await self._removals.was_deleted(user_id, standing.analysis_id)
                return IdempotencyAnswer(**standing.model_dump(), deleted=deleted), False
            await self._bucket.delete([key])
        raise Unavailable("The idempotency key is being written.")
