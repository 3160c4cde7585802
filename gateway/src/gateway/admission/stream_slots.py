"""Bounds the event streams of one user: each lasts long and holds some memory."""

import contextlib
from collections import Counter
from collections.abc import Iterator

from gateway.errors import TooManyStreams

STREAMS_PER_USER = 10


class StreamSlots:
    """The open streams of this gateway, by user."""

    def __init__(self, per_user: int = STREAMS_PER_USER) -> None:
        self._per_user = per_user
        self.open: Counter[str] = Counter()

    @contextlib.contextmanager
    def hold(self, user_id: str) -> Iterator[None]:
        """A slot for one more stream, until its end. Raises TooManyStreams."""
        if self.open[user_id] >= self._per_user:
            raise TooManyStreams(f"One user may have {self._per_user} open.")
        self.open[user_id] += 1
        try:
            yield
        finally:
            self.open[user_id] -= 1
            if not self.open[user_id]:
                del self.open[user_id]
