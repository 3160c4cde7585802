"""Reads server-sent events (WHATWG HTML, "Server-sent events"), however the stream is cut into pieces."""

import json
from dataclasses import dataclass
from typing import Any

LINE_AT_MOST = 16 << 20
"""Bytes. An analysis with its result has 4 MiB at the most."""


@dataclass(frozen=True)
class Event:
    """`id` is what a stream is taken up after."""

    kind: str
    id: str
    data: str

    def json(self) -> Any:
        return json.loads(self.data)


class EventParser:
    """Raises ValueError for a line that is longer than any of ours."""

    def __init__(self) -> None:
        self._rest = b""
        self._kind, self._id = "message", ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[Event]:
        """The events that are whole with this piece."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LINE_AT_MOST:
            raise ValueError("a line of the stream has no end")
        found = (self._read(line.rstrip(b"\r").decode()) for line in lines)
        return [event for event in found if event is not None]

    def _read(self, line: str) -> Event | None:
        if not line:
            event = Event(self._kind, self._id, "\n".join(self._data)) if self._data else None
            self._kind, self._data = "message", []
            return event
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._kind = value
        elif name == "id":
            self._id = value
        elif name == "data":
            self._data.append(value)
        return None
