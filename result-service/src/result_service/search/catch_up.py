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
from functools import partial

import structlog
from sightline_contracts import ids
from sightline_contracts.problems import Unavailable

from result_service.index import places
from result_service.index.documents import Document
from result_service.index.folder import IndexFolder
from result_service.index.progress import Gap, Progress
from result_service.index.user_index import UserIndex
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
FIRST_IN_LISTS = "0" * 16
"""The random part of the id that comes first of its millisecond."""
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
        pending, marked = await asyncio.gather(
            self._ids_below(keys.pendings_of(user_id)), self._ids_below(keys.late_of(user_id))
        )
        gap = await self._add_newest(user_id, before)
        # Those that were accepted before the last look and have ended since, or were accepted late.
        known = await self._folder.use(user_id, lambda index: index.has(marked))
        late = sorted((before.waiting | (marked - known)) - pending)
        for analysis_id in late[: self._at_once]:
            read = await self._reading.document(user_id, analysis_id)
            await self._add(user_id, before.made, [] if read is None else [read])
        left = _around(user_id, late[self._at_once :])
        waiting = frozenset(each for each in pending if ids.milliseconds_of(each) <= until)
        return await self._folder.use(
            user_id, lambda index: index.set_progress(before.made, until, waiting, gap, left)
        )

    async def _add_newest(self, user_id: str, before: Progress) -> Gap | None:
        """Add outcomes from the newest down to the last look, and return the gap where too many are unknown."""
        added = 0
        after = ""
        while True:
            chunk, more = await self._chunk(user_id, after, before.until)
            read = await self._unknown(user_id, chunk)
            await self._add(user_id, before.made, read)
            if not more:
                return None
            added += len(read)
            after = chunk[-1].key
            if added >= self._at_once:
                return _after(chunk[-1], before.until)

    async def _ids_below(self, prefix: str) -> set[str]:
        return {keys.analysis_id_in(listed.key) async for listed in self._bucket.list(prefix)}

    async def _fill(self, user_id: str) -> None:
        async with self._turns:
            try:
                await self._fill_gap(user_id)
            except Unavailable as error:
                _log.warning("index_not_filled", reason=error.detail)
            except Exception:  # noqa: BLE001
                # Nobody waits for it any more; the log keeps it visible, and the next search tries again.
                _log.exception("index_not_filled")

    async def _fill_gap(self, user_id: str) -> None:
        while True:
            progress = await self._folder.use(user_id, lambda index: index.progress())
            if progress.gap is None:
                return
            gap = progress.gap
            chunk, more = await self._chunk(user_id, gap.after, gap.bottom)
            rest = _after(chunk[-1], gap.bottom) if more else None
            read = await self._unknown(user_id, chunk)
            fill = partial(UserIndex.fill, made=progress.made, gap=gap, documents=read, rest=rest)
            await self._folder.use(user_id, fill)

    async def _chunk(self, user_id: str, after: str, bottom: int) -> tuple[list[Listed], bool]:
        """Outcomes after a key that were accepted later than `bottom`, and whether there may be more."""
        chunk: list[Listed] = []
        outcomes = self._bucket.list(keys.outcomes_of(user_id), after=after, page=CHUNK)
        async for listed in outcomes:
            if _accepted(listed) <= bottom:
                break
            chunk.append(listed)
            if len(chunk) == CHUNK:
                return chunk, True
        return chunk, False

    async def _unknown(self, user_id: str, outcomes: Sequence[Listed]) -> list[Document]:
        """Those that are not in the index yet."""
        listed = {keys.analysis_id_in(each.key): each for each in outcomes}
        known = await self._folder.use(user_id, lambda index: index.has(listed))
        fresh = [each for analysis_id, each in listed.items() if analysis_id not in known]
        return await self._reading.documents(user_id, fresh)

    async def _add(self, user_id: str, made: str, read: Sequence[Document]) -> None:
        if read:
            await self._folder.use(user_id, lambda index: index.add(made, read))


def _accepted(listed: Listed) -> int:
    return ids.milliseconds_of(keys.analysis_id_in(listed.key))


def _around(user_id: str, analysis_ids: Sequence[str]) -> Gap | None:
    """What holds all of these, of which the oldest comes first."""
    if not analysis_ids:
        return None
    oldest, newest = (ids.milliseconds_of(each) for each in (analysis_ids[0], analysis_ids[-1]))
    first = ids.prefix_of("an", newest) + FIRST_IN_LISTS
    return Gap(places.end_of(newest), keys.outcome(user_id, first), oldest - 1)


def _after(listed: Listed, bottom: int) -> Gap:
    return Gap(places.of(keys.analysis_id_in(listed.key)) - 1, listed.key, bottom)
