"""Event streams of one user: so many at once, since each lasts and holds a little."""

from collections import Counter
from collections.abc import AsyncIterator

from fastapi import Request

from gateway.admission.credentials import Reader
from gateway.errors import TooManyStreams

AT_ONCE = 10


class Streams:
    """Of this gateway, by user."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()


async def place(request: Request, reader: Reader) -> AsyncIterator[None]:
    """A dependency: a place for one more stream, until its end. Raises TooManyStreams."""
    streams: Counter[str] = request.app.state.wiring.streams.open
    if streams[reader.user_id] >= AT_ONCE:
        raise TooManyStreams(f"One user may have {AT_ONCE} open.")
    streams[reader.user_id] += 1
    try:
        yield
    finally:
        streams[reader.user_id] -= 1
        if not streams[reader.user_id]:
            del streams[reader.user_id]
