"""Idempotency-Key: a key belongs to its first request; the analysis which that made answers the rest.

The record lies at result-service and decides; the lock in Redis only tells a second request
that the first is still under way. Without Redis both go on with the same analysis id, which is
harmless, because every step of accepting is idempotent by it.
"""

import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sightline_contracts import ids
from sightline_contracts.problems import InvalidRequest

from gateway.errors import Deleted, IdempotencyKeyReused, RequestInFlight, UpstreamProblem
from gateway.upstream.answers import Answer
from gateway.upstream.results import ResultService

LOCK_S = 60
CREATED, NOT_FOUND = 201, 404


@dataclass(frozen=True)
class Claim:
    """The id to work with, or the answer that the first request already made."""

    analysis_id: str
    answered: Answer | None = None


class Idempotency:
    def __init__(self, results: ResultService, redis: Redis) -> None:
        self._results = results
        self._redis = redis

    @contextlib.asynccontextmanager
    async def claim(
        self, user_id: str, key: str | None, request: str, *, analysis_id: str | None = None
    ) -> AsyncIterator[Claim]:
        """`request` is a digest of what is asked for; `analysis_id` is given where the request
        is about an analysis that exists, else a new one is made. Raises IdempotencyKeyReused,
        RequestInFlight, InvalidRequest, and Deleted where what the first request made is deleted."""
        if key is None:
            yield Claim(analysis_id or ids.new_id("an"))
            return
        if re.fullmatch(r"[\x21-\x7e]{1,255}", key) is None:
            detail = "must be 1 to 255 visible ASCII characters"
            raise InvalidRequest(errors=[{"pointer": "/Idempotency-Key", "detail": detail}])
        digest = hashlib.sha256(key.encode()).hexdigest()
        async with self._lock(f"idempotency:{user_id}:{digest}") as first:
            record = {"fingerprint": request, "analysis_id": analysis_id or ids.new_id("an")}
            answer = await self._results.claim_idempotency_key(user_id, digest, record)
            record = answer.json()
            if record["fingerprint"] != request:
                raise IdempotencyKeyReused
            if record.get("deleted", False):  # a repetition does not make it again
                raise Deleted
            earlier = None
            if answer.status != CREATED:
                earlier = await self._find(user_id, record["analysis_id"])
                if earlier is None and not first:
                    raise RequestInFlight
            yield Claim(record["analysis_id"], earlier)

    async def _find(self, user_id: str, analysis_id: str) -> Answer | None:
        try:
            return await self._results.get_analysis(user_id, analysis_id)
        except UpstreamProblem as problem:
            if problem.status == NOT_FOUND and not problem.is_of_deleted:
                return None
            raise

    @contextlib.asynccontextmanager
    async def _lock(self, name: str) -> AsyncIterator[bool]:
        """Whether this request is the only one under way with the key, as far as Redis knows."""
        try:
            held = bool(await self._redis.set(name, "1", nx=True, ex=LOCK_S))
        except (RedisError, OSError):
            held = True
        try:
            yield held
        finally:
            if held:
                with contextlib.suppress(RedisError, OSError):  # the lock expires by itself
                    await self._redis.delete(name)
