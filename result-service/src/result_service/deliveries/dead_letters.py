"""Keeps invocations that failed for good although the image may be sound.

A mistake of the client (an address that leads nowhere, a file that is no image) leaves no dead letter, since
running it again would end the same way.
"""

import asyncio

from prometheus_client import Counter
from sightline_contracts import cursors, metrics

from result_service.errors import NoSuchDeadLetter
from result_service.models.analyses import Attempt
from result_service.models.deliveries import DeadLetter, DeadLetterPage
from result_service.outcomes.outcome import End
from result_service.store import keys, unreadable
from result_service.store.bucket import Bucket

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
metrics.begin(KEPT, WORTH_ANOTHER_TRY)


class DeadLetters:
    """Dead letters of all users, for admins. Each method raises Unavailable when the bucket does not
    answer."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def keep(self, end: End) -> None:
        """Keep the dead letter that this end leaves, if any; can be repeated."""
        error = end.outcome.error
        if error is None or error.code not in WORTH_ANOTHER_TRY:
            return
        attempts = (end.outcome.body or {}).get("attempts", ())
        dead_letter = DeadLetter(
            id=end.analysis_id,
            user_id=end.user_id,
            condition="EventAgeExceeded" if error.code == EXPIRED else "RetriesExhausted",
            failed_at=end.outcome.finished_at,
            error=error,
            attempts=[Attempt.model_validate(attempt) for attempt in attempts],
            invocation=end.intent,
        )
        key = keys.dead_letter(end.user_id, end.analysis_id)
        if await self._bucket.put_new(key, dead_letter.model_dump_json().encode()):
            KEPT.labels(error.code).inc()

    async def mark_redriven(self, dead_letter: DeadLetter, analysis_id: str) -> None:
        """Note the analysis that runs the invocation anew."""
        redriven = dead_letter.model_copy(update={"redriven_as": analysis_id})
        key = keys.dead_letter(dead_letter.user_id, dead_letter.id)
        await self._bucket.put(key, redriven.model_dump_json().encode())

    async def page(self, limit: int, cursor: str | None) -> DeadLetterPage:
        """A page of dead letters, newest first. Raises InvalidRequest for a bad cursor."""
        before = None if cursor is None else cursors.decode(cursor, "an")
        after = keys.dead_letter("", before) if before else ""
        analysis_ids: list[str] = []
        async for listed in self._bucket.list(keys.DEAD_LETTERS, after=after, page=limit + 1):
            analysis_ids.append(keys.analysis_id_in(listed.key))
            if len(analysis_ids) > limit:
                break
        shown = analysis_ids[:limit]
        dead_letters = await asyncio.gather(*map(self._readable, shown))
        more = len(analysis_ids) > limit
        return DeadLetterPage(
            items=[record for record in dead_letters if record is not None],
            next_cursor=cursors.encode(shown[-1]) if more else None,
        )

    async def get(self, analysis_id: str) -> DeadLetter:
        """Raises NoSuchDeadLetter."""
        dead_letter = await self._find(analysis_id)
        if dead_letter is None:
            raise NoSuchDeadLetter
        return dead_letter

    async def _readable(self, analysis_id: str) -> DeadLetter | None:
        try:
            return await self._find(analysis_id)
        except unreadable.MALFORMED as error:
            unreadable.record("dead-letter", analysis_id, error)
            return None

    async def _find(self, analysis_id: str) -> DeadLetter | None:
        stored = await self._bucket.get(keys.dead_letter("", analysis_id))
        return None if stored is None else DeadLetter.model_validate_json(stored.body)
