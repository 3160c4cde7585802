"""The keys of a user's analyses, newest first: two sorted listings, pending and ended, merged.

The keys of pending objects are in the order in which they were accepted, and are wanted the other way
round. Where many wait, the newest of them are found by halving the time in which they were accepted.
Times are milliseconds since the epoch.
"""

import time
from collections import deque
from collections.abc import AsyncIterator

from sightline_contracts import ids

from result_service import keys
from result_service.bucket import Bucket, Listed
from result_service.models import Status

ALIVE = ("queued", "running")
AT_MOST = 200
"""Pending keys that are listed together: those of nearly everybody."""
ENOUGH = 50
CLOCKS_APART_MS = 60_000


class Merging:
    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def newest_first(
        self, user_id: str, before: str | None, status: Status | None, page: int
    ) -> AsyncIterator[Listed]:
        """Pendings and outcomes in the order of the outcomes' keys, each analysis once, older than the
        analysis `before`. `page`: outcomes that are listed in one call."""
        after = keys.outcome(user_id, before) if before else ""
        until = ids.milliseconds_of(before) if before else None
        while True:
            # Before the outcomes of that time: what ends in between is then in one of the two.
            found, since = await self._newest_pendings(user_id, until, before)
            pending = deque(sorted(found, key=_place))
            if status not in ALIVE:
                async for ended in self._ended(user_id, after, since, page):
                    while pending and _place(pending[0]) < _place(ended):
                        yield pending.popleft()
                    if pending and _place(pending[0]) == _place(ended):
                        pending.popleft()
                    yield ended
            for one in pending:
                yield one
            if since is None:
                return
            after, until, before = keys.outcomes_until(user_id, since), since, None

    async def _ended(
        self, user_id: str, after: str, since: int | None, page: int
    ) -> AsyncIterator[Listed]:
        """Outcomes after that key, of analyses that were accepted later than `since`."""
        async for ended in self._bucket.list(keys.outcomes_of(user_id), after=after, page=page):
            if since is not None and _accepted(ended) <= since:
                return
            yield ended

    async def _newest_pendings(
        self, user_id: str, until: int | None, before: str | None
    ) -> tuple[list[Listed], int | None]:
        """All that were accepted between a moment and `until`, and that moment; None where no other
        is older."""

        async def after(moment: int | None) -> tuple[list[Listed], bool]:
            return await self._pendings(user_id, moment, until, before)

        found, whole = await after(None)
        if whole:
            return found, None
        # After `early` there are too many, after `late` too few.
        early = _accepted(found[0]) - 1
        late = int(time.time() * 1000) + CLOCKS_APART_MS if until is None else until
        few: list[Listed] = []
        while late - early > 1:
            middle = (early + late) // 2
            found, whole = await after(middle)
            if whole and len(found) >= ENOUGH:
                return found, middle
            if whole:
                late, few = middle, found
            else:
                early = middle
        if few:
            return few, late
        # Of one millisecond there are more than that: they are taken together.
        return (await self._pendings(user_id, early, until, before, at_most=None))[0], early

    async def _pendings(
        self,
        user_id: str,
        since: int | None,
        until: int | None,
        before: str | None,
        at_most: int | None = AT_MOST,
    ) -> tuple[list[Listed], bool]:
        """Accepted later than `since`, `until` included, oldest first; and whether these are all."""
        found: list[Listed] = []
        after = "" if since is None else keys.pendings_until(user_id, since)
        listing = self._bucket.list(keys.pendings_of(user_id), after=after, page=AT_MOST + 1)
        async for one in listing:
            if until is not None and _accepted(one) > until:
                break
            if before is not None and _place(one) <= keys.newest_first(before):
                continue
            if len(found) == at_most:
                return found, False
            found.append(one)
        return found, True


def _accepted(listed: Listed) -> int:
    return ids.milliseconds_of(keys.analysis_id_in(listed.key))


def _place(listed: Listed) -> str:
    return keys.newest_first(keys.analysis_id_in(listed.key))
