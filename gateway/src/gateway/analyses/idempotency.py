"""Idempotency-Key: the key belongs to the first request, the analysis it made answers all others.

The record lies at result-service and decides; the lock in Redis only tells a second request
that the first is still under way. Without Redis both go on with the same analysis id, which is
harmless, because every step of accepting is idempotent by it.
"""

import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sightline_contracts import ids
from sightline_contracts.problems import InvalidRequest

from gateway.errors import IdempotencyKeyReused, RequestInFlight, UpstreamProblem
from gateway.upstream.answers import Answer
from gateway.upstream.client import Upstream

LOCK_S = 60
CREATED, NOT_FOUND = 201, 404
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key")]


@dataclass(frozen=True)
class Turn:
    """The id to work with, or the answer that the first request already made."""

    analysis_id: str
    answered: Answer | None = None


class Idempotency:
    def __init__(self, results: Upstream, redis: Redis) -> None:
        self._results = results
        self._redis = redis

    @contextlib.asynccontextmanager
    async def turn(
        self, user_id: str, key: str | None, request: str, *, analysis_id: str | None = None
    ) -> AsyncIterator[Turn]:
        """`request` is a digest of what is asked for; `analysis_id` is given where the request
        is about an analysis that exists, else a new one is made. Raises IdempotencyKeyReused,
        RequestInFlight, InvalidRequest, and UpstreamProblem (404) where what the first request
        made is deleted."""
        if key is None:
            yield Turn(analysis_id or ids.new_id("an"))
            return
        if re.fullmatch(r"[\x21-\x7e]{1,255}", key) is None:
            detail = "must be 1 to 255 visible ASCII characters"
            raise InvalidRequest(errors=[{"pointer": "/Idempotency-Key", "detail": detail}])
        digest = hashlib.sha256(key.encode()).hexdigest()
        async with self._lock(f"idempotency:{user_id}:{digest}") as first:
            claim = {"fingerprint": request, "analysis_id": analysis_id or ids.new_id("an")}
            path = f"/v1/users/{user_id}/idempotency-keys/{digest}"
            answer = await self._results.call("PUT", path, json_body=claim)
            record = answer.json()
            if record["fingerprint"] != request:
                raise IdempotencyKeyReused
            known = None
            if answer.status != CREATED:
                known = await self._find(user_id, record["analysis_id"])
                if known is None and not first:
                    raise RequestInFlight
            yield Turn(record["analysis_id"], known)

    async def _find(self, user_id: str, analysis_id: str) -> Answer | None:
        try:
            return await self._results.call("GET", f"/v1/users/{user_id}/analyses/{analysis_id}")
        except UpstreamProblem as problem:
            if problem.status == NOT_FOUND and not problem.is_of_deleted:
                return None
            raise  # what was deleted is not made again for who repeats the request

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
