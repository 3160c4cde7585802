"""The keys of a user's analyses, newest first: two sorted listings, pending and ended, merged.

The keys of pending objects sort by the time of acceptance, oldest first, and lists need the reverse. Where
many wait, the newest of them are found by halving the time in which they were accepted. Times are
milliseconds since the epoch.
"""

import time
from collections import deque
from collections.abc import AsyncIterator

from cachetools import TTLCache
from sightline_contracts import ids

from result_service.models.analyses import Status
from result_service.store import keys
from result_service.store.bucket import PAGE, Bucket, Listed

ALIVE = ("queued", "running")
MAX_LISTED = 200
"""Pending keys that are listed together, which is enough for nearly every user."""
ENOUGH = 50
"""Pending keys with which the search for the newest ones ends."""
USERS_REMEMBERED, REMEMBERED_S = 10_000, 60.0
"""Users of whom more than MAX_LISTED waited a moment ago, and for how many seconds this is remembered."""
MAX_CLOCK_DIFFERENCE_MS = 60_000


class Merging:
    """Raises Unavailable when the bucket does not answer."""

    def __init__(self, bucket: Bucket, max_listed: int = MAX_LISTED, enough: int = ENOUGH) -> None:
        self._bucket = bucket
        self._have_many: TTLCache[str, bool] = TTLCache(USERS_REMEMBERED, REMEMBERED_S)
        self._max_listed = max_listed
        self._enough = enough

    async def newest_first(
        self, user_id: str, before: str | None, status: Status | None, page: int
    ) -> AsyncIterator[Listed]:
        """Pending objects and outcomes in the order of the outcomes' keys, each analysis once, older than
        the analysis `before`. `page` is the number of outcomes that are listed in one call."""
        after = keys.outcome(user_id, before) if before else ""
        until = ids.milliseconds_of(before) if before else None
        while True:
            # Pending objects first: an analysis that ends in between is then in at least one listing.
            newest, since = await self._newest_pending(user_id, until, before)
            pending = deque(sorted(newest, key=_place))
            if status not in ALIVE:
                async for ended in self._ended(user_id, after, since, page):
                    while pending and _place(pending[0]) < _place(ended):
                        yield pending.popleft()
                    if pending and _place(pending[0]) == _place(ended):
                        pending.popleft()
                    yield ended
            for listed in pending:
                yield listed
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

    async def _newest_pending(
        self, user_id: str, until: int | None, before: str | None
    ) -> tuple[list[Listed], int | None]:
        """All pending objects accepted between a moment and `until`, and that moment. The moment is None
        where no older one is left."""

        async def after(moment: int | None) -> tuple[list[Listed], bool]:
            return await self._pending(user_id, moment, until, before, self._max_listed)

        pending, complete = await after(None)
        if complete:
            return pending, None
        self._have_many[user_id] = True
        # Too many were accepted after `early`, too few after `late`.
        early = _accepted(pending[0]) - 1
        late = int(time.time() * 1000) + MAX_CLOCK_DIFFERENCE_MS if until is None else until
        few: list[Listed] = []
        while late - early > 1:
            middle = (early + late) // 2
            pending, complete = await after(middle)
            if complete and len(pending) >= self._enough:
                return pending, middle
            if complete:
                late, few = middle, pending
            else:
                early = middle
        if few:
            return few, late
        # More than that were accepted within one millisecond: they are taken together.
        return (await self._pending(user_id, early, until, before, None))[0], early

    async def _pending(
        self,
        user_id: str,
        since: int | None,
        until: int | None,
        before: str | None,
        at_most: int | None,
    ) -> tuple[list[Listed], bool]:
        """Pending objects accepted later than `since` and up to `until`, oldest first, and whether these
        are all of them."""
        pending: list[Listed] = []
        after = "" if since is None else keys.pendings_until(user_id, since)
        # A whole page costs the least CPU where few wait, and the store the most time where many do.
        has_few = since is None and user_id not in self._have_many
        page = PAGE if has_few else self._max_listed + 1
        async for listed in self._bucket.list(keys.pendings_of(user_id), after=after, page=page):
            if until is not None and _accepted(listed) > until:
                break
            if before is not None and _place(listed) <= keys.newest_first(before):
                continue
            if len(pending) == at_most:
                return pending, False
            pending.append(listed)
        return pending, True


def _accepted(listed: Listed) -> int:
    return ids.milliseconds_of(keys.analysis_id_in(listed.key))


def _place(listed: Listed) -> str:
    return keys.newest_first(keys.analysis_id_in(listed.key))
