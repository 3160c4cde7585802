"""Ended analyses as they are shown, in memory: they never change, and may be deleted.

What was deleted is gone from every replica's memory within a second. While a replica hears of deletions, an
entry lives for LIFE_S; while it does not, as without Redis, for ALONE_S. Hearing means that the channel has
answered a question asked at most HEARD_S ago: whatever was said before that question has then arrived.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import LRUCache, TTLCache

LIFE_S = 10.0
ALONE_S = 0.5
HEARD_S = 0.5
DELETED_KEPT_S = 60.0
"""Seconds for which a deletion is remembered, longer than a read that began before it takes."""
DELETED_AT_MOST = 10_000
LARGEST_SHARE = 8
"""One part in so many of the budget is the most that an entry may take."""
OVERHEAD_BYTES = 500
"""What an entry takes beside its body, at the most."""
Key = tuple[str, str, bool]


@dataclass(frozen=True)
class _Entry:
    body: bytes
    since: float


class EndedAnalyses:
    """`budget` in bytes, 0 for nothing; `clock` gives seconds."""

    def __init__(self, budget: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._largest = budget // LARGEST_SHARE
        self._entries: LRUCache[Key, _Entry] = LRUCache(
            budget, getsizeof=lambda entry: len(entry.body) + OVERHEAD_BYTES
        )
        self._deleted: TTLCache[tuple[str, str], bool] = TTLCache(
            DELETED_AT_MOST, DELETED_KEPT_S, timer=clock
        )
        self._listening_since = math.inf
        self._heard = -math.inf

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, user_id: str, analysis_id: str, *, whole: bool) -> bytes | None:
        """The analysis as JSON, with its result where it is `whole`."""
        key = (user_id, analysis_id, whole)
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self.clock() - entry.since <= self._life_s(entry):
            return entry.body
        del self._entries[key]
        return None

    def _life_s(self, entry: _Entry) -> float:
        listens = entry.since >= self._listening_since
        return LIFE_S if listens and self.clock() - self._heard <= HEARD_S else ALONE_S

    def keep(
        self, user_id: str, analysis_id: str, body: bytes, since: float, *, whole: bool
    ) -> None:
        """Keep what a read found that began at `since` on the clock."""
        if (user_id, analysis_id) in self._deleted or (user_id, "") in self._deleted:
            return  # the read may have begun before the deletion
        if len(body) + OVERHEAD_BYTES <= self._largest:
            self._entries[user_id, analysis_id, whole] = _Entry(body, since)

    def forget(self, user_id: str, analysis_id: str) -> None:
        """It is being deleted; with an empty `analysis_id`, all of the user."""
        self._deleted[user_id, analysis_id] = True
        if analysis_id:
            doomed = [(user_id, analysis_id, whole) for whole in (True, False)]
        else:
            doomed = [key for key in self._entries if key[0] == user_id]
        for key in doomed:
            self._entries.pop(key, None)

    def listen(self) -> None:
        """From now on deletions are heard. What was read before may have been deleted unheard."""
        self._listening_since = self.clock()

    def heard(self, asked_at: float) -> None:
        """The channel has answered a question that was asked then."""
        self._heard = asked_at

    def turn_deaf(self) -> None:
        self._listening_since, self._heard = math.inf, -math.inf
