"""Answers a picture from an earlier analysis of the same user: the same bytes, operations, engine and limits of
labels give the same result, so that nothing has to run.

This worker knows the models of an operation from its last run here. An operation runs while it has not
run here yet, or not for FRESH_S. A vendor's result is never reused, since only its answer says which
model gave it. The index in Redis holds an analysis for `for_s` seconds. The result itself stays with
result-service, so that deleting an analysis or an account ends its reuse.
"""

import asyncio
import hashlib
import json
import time
from typing import Any, Protocol

import structlog
from prometheus_client import Counter
from redis.exceptions import RedisError
from sightline_contracts import ids, redis_client

from image_service.engines.port import LOCAL
from image_service.engines.vendors import NotConfigured, Vendors
from image_service.instances.answers import Analysed, Ran
from image_service.queue.message import Message
from image_service.upstream.results import ResultService
from image_service.worker.outcome_report import SCHEMA_VERSION

FRESH_S = 60.0
"""Seconds after which a model that was changed under a running fork server is noticed."""
PARTS = frozenset(
    {"image", "engines", "faces", "text", "labels", "moderation", "colors", "quality", "hash"}
    | {"codes", "metadata"}
)
"""The keys of a result that its picture decides; its analysis decides the others."""
REUSED = Counter("analyses_reused_total", "Analyses answered from an earlier one.")
_log = structlog.get_logger()


class PictureRunner(Protocol):
    async def run(self, data: bytes, message: Message) -> Ran: ...


class ReuseIndex:
    """The analysis that had a picture, by user. Raises RedisError and OSError where Redis does not answer."""

    def __init__(self, url: str) -> None:
        self._redis = redis_client.connect(url, socket_timeout=2, decode_responses=True)

    async def close(self) -> None:
        await self._redis.aclose()

    async def find(self, user_id: str, digest: str) -> str | None:
        analysis_id = str(await self._redis.get(_key(user_id, digest)) or "")
        # Another version may keep more there.
        return analysis_id if ids.is_id("an", analysis_id) else None

    async def keep(self, user_id: str, digest: str, analysis_id: str, seconds: float) -> None:
        await self._redis.set(_key(user_id, digest), analysis_id, px=int(seconds * 1000))


class ResultReuse:
    """Runs a picture without a reusable result. Without Redis it runs every picture."""

    def __init__(
        self,
        runs: PictureRunner,
        vendors: Vendors,
        results: ResultService,
        index: ReuseIndex,
        for_s: float,
    ) -> None:
        self._runs = runs
        self._vendors = vendors
        self._results = results
        self._index = index
        self._for_s = for_s
        self._engines: dict[str, tuple[float, list[dict[str, Any]]]] = {}

    async def run(self, data: bytes, message: Message) -> Ran:
        """One attempt at a picture, or an earlier result. Raises Refused, Broke, SystemTrouble."""
        if not self._for_s or not self._done_here(message):
            return await self._runs.run(data, message)
        picture = await asyncio.to_thread(_sha256, data)
        earlier = await self._earlier(picture, message)
        if earlier is not None:
            REUSED.inc()
            return earlier
        ran = await self._runs.run(data, message)
        if isinstance(ran.answer, Analysed):
            self._learn(ran.answer, message)
            await self._keep(picture, message)
        return ran

    def _done_here(self, message: Message) -> bool:
        try:
            plans = [
                self._vendors.plan(message.engine, operation) for operation in message.operations
            ]
        except NotConfigured:
            return False
        return all(plan == (LOCAL,) for plan in plans)

    async def _earlier(self, picture: str, message: Message) -> Ran | None:
        """Raises SystemTrouble."""
        digest = self._digest(picture, message)
        if digest is None:
            return None
        try:
            analysis_id = await self._index.find(message.user_id, digest)
        except (RedisError, OSError) as error:
            _log.warning("known_not_asked", error=type(error).__name__)
            return None
        if analysis_id is None or analysis_id == message.analysis_id:
            return None
        answer = await self._results.succeeded(message.user_id, analysis_id)
        if answer is None:
            return None
        result, preview = answer
        parts = _parts(result)
        if parts is None:
            return None
        return Ran(Analysed(parts, preview), 0.0, 0.0, 0.0, reused_from=analysis_id)

    async def _keep(self, picture: str, message: Message) -> None:
        """Precedes storing the result: the same picture finds none meanwhile, and runs as well."""
        digest = self._digest(picture, message)
        assert digest is not None, "it has just been run"
        try:
            await self._index.keep(message.user_id, digest, message.analysis_id, self._for_s)
        except (RedisError, OSError) as error:
            _log.warning("known_not_kept", error=type(error).__name__)

    def _learn(self, answer: Analysed, message: Message) -> None:
        for operation in message.operations:
            entries = [
                engine for engine in answer.parts["engines"] if engine["operation"] == operation
            ]
            self._engines[operation] = (time.monotonic(), entries)

    def _digest(self, picture: str, message: Message) -> str | None:
        """A digest of all that decides the result; None while the models of an operation are unknown."""
        oldest = time.monotonic() - FRESH_S
        engines = []
        for operation in message.operations:
            learned_at, entries = self._engines.get(operation, (float("-inf"), []))
            if learned_at < oldest:
                return None
            engines.append(entries)
        limits = [message.min_confidence, message.max_labels]
        return _sha256(json.dumps([picture, message.operations, limits, engines]).encode())


def _parts(result: Any) -> dict[str, Any] | None:
    """Of a result that any version wrote; None where it is not what this one would make: one part
    less, or another schema."""
    if not isinstance(result, dict) or result.get("schema_version") != SCHEMA_VERSION:
        return None
    parts = {name: part for name, part in result.items() if name in PARTS}
    whole = len(parts) == len(PARTS) and isinstance(parts["image"], dict)
    return parts if whole and "sha256" in parts["image"] else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _key(user_id: str, digest: str) -> str:
    return f"known:{user_id}:{digest}"
