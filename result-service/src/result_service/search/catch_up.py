"""Brings a user's index up to date with the bucket when it is asked, so that replicas agree with the bucket.

Three listings find what has ended since the last time, however late it ended:
- of outcomes, from the newest down to those that were accepted OVERLAP_MS before the last time;
- of pending objects: what was accepted before that and had not ended is remembered as waiting, and read when it is no
  longer pending;
- of marks that `accept` makes of analyses whose ids were made long before.
What is more than AT_ONCE is left as a gap, which is filled in the background from its newest end on. A search answers
for what lies above the gap, and a page that ends there says where to go on.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog
from sightline_contracts import ids
from sightline_contracts.problems import Unavailable

from result_service.index import places
from result_service.index.documents import Document
from result_service.index.folder import IndexFolder
from result_service.index.progress import Gap, Progress
from result_service.search.reading import Reading
from result_service.store import keys
from result_service.store.bucket import Bucket, Listed

OVERLAP_MS = 180_000
"""Longer than from an id's making to its pending object where that is not marked as late, with the clocks of two
machines apart by a minute."""
AT_ONCE = 300
"""Outcomes that a search looks at itself."""
CHUNK = 100
"""Outcomes that are added to the index together."""
WAIT_S = 1.0
"""Seconds for which a search waits for the gap to be filled."""
FILLED_TOGETHER = 2
"""Gaps that one process fills at the same time."""
_log = structlog.get_logger()


class CatchUp:
    """Raises Unavailable where the bucket or the disk does not answer. `clock` gives seconds since the epoch."""

    def __init__(
        self,
        bucket: Bucket,
        reading: Reading,
        folder: IndexFolder,
        *,
        at_once: int = AT_ONCE,
        wait_s: float = WAIT_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bucket = bucket
        self._reading = reading
        self._folder = folder
        self._at_once = at_once
        self._wait_s = wait_s
        self._clock = clock
        self._filling: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(FILLED_TOGETHER)

    async def bring_up_to_date(self, user_id: str) -> None:
        """Add what has ended, and wait for a while for a gap to be filled."""
        if await self._look(user_id) is None:
            return
        filling = self._filling.get(user_id)
        if filling is None:
            filling = asyncio.create_task(self._fill(user_id))
            self._filling[user_id] = filling
            filling.add_done_callback(lambda _: self._filling.pop(user_id, None))
        await asyncio.wait([filling], timeout=self._wait_s)

    async def fill_whole(self, user_id: str) -> None:
        """Bring the index up to date, however long it takes."""
        if await self._look(user_id) is not None:
            await self._fill_gap(user_id)

    async def close(self) -> None:
        """End what is being filled; the next search goes on with it."""
        tasks = list(self._filling.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look(self, user_id: str) -> Gap | None:
        """Add what has ended since the last look, and return the gap that is left."""
        until = int(self._clock() * 1000) - OVERLAP_MS
        before = await self._folder.use(user_id, lambda index: index.progress())
        # Pending objects first: an analysis that ends in between is then in at least one listing.
        pendings = self._bucket.list(keys.pendings_of(user_id))
        pending = {keys.analysis_id_in(listed.key) async for listed in pendings}
        newest, gap = await self._newest(user_id, before)
        for start in range(0, len(newest), CHUNK):
            read = await self._unknown(user_id, newest[start : start + CHUNK])
            await self._add(user_id, read)
        for analysis_id in await self._ended_late(user_id, before, pending):
            late = await self._reading.document(user_id, analysis_id)
            await self._add(user_id, [] if late is None else [late])
        waiting = frozenset(each for each in pending if ids.milliseconds_of(each) <= until)
        return await self._folder.use(
            user_id, lambda index: index.set_progress(until, waiting, gap)
        )

    async def _newest(self, user_id: str, before: Progress) -> tuple[list[Listed], Gap | None]:
        """Outcomes from the newest down to the last look, and the gap where these are too many."""
        newest: list[Listed] = []
        async for listed in self._bucket.list(
            keys.outcomes_of(user_id), page=min(self._at_once, CHUNK)
        ):
            if _accepted(listed) <= before.until:
                break
            if len(newest) == self._at_once:
                return newest, _after(newest[-1], before.until)
            newest.append(listed)
        return newest, None

    async def _ended_late(self, user_id: str, before: Progress, pending: set[str]) -> list[str]:
        """Analyses that were accepted before the last look and may have ended since, or were accepted late."""
        marks = self._bucket.list(keys.late_of(user_id))
        late = {keys.analysis_id_in(mark.key) async for mark in marks}
        known = await self._folder.use(user_id, lambda index: index.has(late)) if late else set()
        return sorted((before.waiting | (late - known)) - pending)

    async def _fill(self, user_id: str) -> None:
        async with self._turns:
            try:
                await self._fill_gap(user_id)
            except Unavailable as error:
                _log.warning("index_not_filled", reason=error.detail)

    async def _fill_gap(self, user_id: str) -> None:
        while gap := await self._folder.use(user_id, lambda index: index.gap()):
            chunk, rest = await self._next(user_id, gap)
            await self._fill_in(user_id, gap, await self._unknown(user_id, chunk), rest)

    async def _next(self, user_id: str, gap: Gap) -> tuple[list[Listed], Gap | None]:
        """The gap's newest outcomes, and what is left of it then."""
        chunk: list[Listed] = []
        async for listed in self._bucket.list(
            keys.outcomes_of(user_id), after=gap.after, page=CHUNK
        ):
            if _accepted(listed) <= gap.bottom:
                break
            chunk.append(listed)
            if len(chunk) == CHUNK:
                return chunk, _after(listed, gap.bottom)
        return chunk, None

    async def _fill_in(
        self, user_id: str, gap: Gap, read: Sequence[Document], rest: Gap | None
    ) -> None:
        await self._folder.use(user_id, lambda index: index.fill(gap, read, rest))

    async def _unknown(self, user_id: str, outcomes: Sequence[Listed]) -> list[Document]:
        """Those that are not in the index yet."""
        listed = {keys.analysis_id_in(each.key): each for each in outcomes}
        known = await self._folder.use(user_id, lambda index: index.has(listed))
        fresh = [each for analysis_id, each in listed.items() if analysis_id not in known]
        return await self._reading.documents(user_id, fresh)

    async def _add(self, user_id: str, read: Sequence[Document]) -> None:
        if read:
            await self._folder.use(user_id, lambda index: index.add(read))


def _accepted(listed: Listed) -> int:
    return ids.milliseconds_of(keys.analysis_id_in(listed.key))


def _after(listed: Listed, bottom: int) -> Gap:
    return Gap(places.of(keys.analysis_id_in(listed.key)) - 1, listed.key, bottom)
