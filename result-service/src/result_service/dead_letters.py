"""Invocations that failed for good although the image may do, kept whole.

What the client got wrong (an address that leads nowhere, a file that is no image) is no dead letter:
running it again would end the same way.
"""

import asyncio

from prometheus_client import Counter
from sightline_contracts import cursors

from result_service import keys, unreadable
from result_service.bucket import Bucket
from result_service.errors import NoSuchDeadLetter
from result_service.models import Attempt, DeadLetter, DeadLetterPage, Intent
from result_service.outcomes import Outcome

EXPIRED = "expired"
WORTH_ANOTHER_TRY = frozenset(
    {
        "image-unreachable",
        "timeout",
        "out-of-memory",
        "crashed",
        EXPIRED,
        "engine-unavailable",
        "internal",
    }
)
KEPT = Counter("dead_letters_total", "Dead letters kept, by the error's code.", ["code"])


async def keep(bucket: Bucket, intent: Intent, outcome: Outcome) -> None:
    """Of an outcome that is one; can be repeated."""
    error = outcome.error
    if error is None or error.code not in WORTH_ANOTHER_TRY:
        return
    record = DeadLetter(
        id=intent.analysis_id,
        user_id=intent.user_id,
        condition="EventAgeExceeded" if error.code == EXPIRED else "RetriesExhausted",
        failed_at=outcome.finished_at,
        error=error,
        attempts=[Attempt.model_validate(one) for one in (outcome.body or {}).get("attempts", ())],
        invocation=intent,
    )
    key = keys.dead_letter(intent.user_id, intent.analysis_id)
    if await bucket.put_new(key, record.model_dump_json().encode()):
        KEPT.labels(error.code).inc()


class DeadLetters:
    """For admins: every user's. Each method raises Unavailable."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def page(self, limit: int, cursor: str | None) -> DeadLetterPage:
        """Newest first. Raises InvalidRequest on a bad cursor."""
        before = None if cursor is None else cursors.decode(cursor, "an")
        after = keys.dead_letter("", before) if before else ""
        found: list[str] = []
        async for listed in self._bucket.list(keys.DEAD_LETTERS, after=after, page=limit + 1):
            found.append(keys.analysis_id_in(listed.key))
            if len(found) > limit:
                break
        shown = found[:limit]
        records = await asyncio.gather(*(self._readable(one) for one in shown))
        more = len(found) > limit
        return DeadLetterPage(
            items=[record for record in records if record is not None],
            next_cursor=cursors.encode(shown[-1]) if more else None,
        )

    async def get(self, analysis_id: str) -> DeadLetter:
        """Raises NoSuchDeadLetter."""
        record = await self._find(analysis_id)
        if record is None:
            raise NoSuchDeadLetter
        return record

    async def _readable(self, analysis_id: str) -> DeadLetter | None:
        try:
            return await self._find(analysis_id)
        except unreadable.MALFORMED as error:
            unreadable.note("dead-letter", analysis_id, error)
            return None

    async def _find(self, analysis_id: str) -> DeadLetter | None:
        stored = await self._bucket.get(keys.dead_letter("", analysis_id))
        return None if stored is None else DeadLetter.model_validate_json(stored.body)
