"""A request for an analysis as the queue delivers it, reduced to what this service reads."""

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sightline_contracts import context, events, ids

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

ATTEMPT: dict[str, Any] = {
    "number": 0,
    "started_at": "",
    "duration_ms": 0.0,
    "init_ms": 0.0,
    "max_memory_mb": 0.0,
    "outcome": "",
}
"""The fields of a reported attempt, and their values where another version left them out."""
MIN_CONFIDENCE = 0.5
"""Of a label, where the submission says nothing."""


@dataclass(frozen=True)
class Message:
    """`entry` is the stream entry's id; `data` is the event's data as it came."""

    entry: str
    request_id: str
    traceparent: str | None
    data: dict[str, Any]

    @property
    def analysis_id(self) -> str:
        return str(self.data["analysis_id"])

    @property
    def user_id(self) -> str:
        return str(self.data["user_id"])

    @property
    def image_url(self) -> str | None:
        """None for an upload."""
        given = self.data["input"]
        return str(given["image_url"]) if given["kind"] == "url" else None

    @property
    def operations(self) -> list[str]:
        return list(self.data["input"]["operations"])

    @property
    def engine(self) -> str:
        return str(self.data["input"]["engine"])

    @property
    def raw_answers(self) -> bool:
        """Whether the result keeps vendors' answers unchanged beside what is made of them."""
        return bool(self.data["input"].get("raw_answers", False))

    @property
    def min_confidence(self) -> float:
        """Of a label, 0 to 1: less certain ones are left out."""
        return float(self.data["input"].get("min_confidence", MIN_CONFIDENCE))

    @property
    def max_labels(self) -> int | None:
        """How many labels the result may have, the most certain ones; None for all."""
        found = self.data["input"].get("max_labels")
        return None if found is None else int(found)

    @property
    def engine_calls(self) -> int:
        """Calls of vendors in earlier attempts."""
        return int(self.data.get("engine_calls", 0))

    @property
    def attempts(self) -> list[dict[str, Any]]:
        """Earlier attempts, oldest first, with the fields that a report may hold, whichever version wrote
        them."""
        return [
            {**ATTEMPT, **{name: attempt[name] for name in ATTEMPT if name in attempt}}
            for attempt in self.data.get("attempts", ())
        ]

    @property
    def deferrals(self) -> int:
        return int(self.data.get("deferrals", 0))

    @property
    def lost_deliveries(self) -> int:
        """Deliveries to workers that never reported an outcome."""
        return int(self.data.get("lost_deliveries", 0))

    def age_s(self) -> float:
        accepted = datetime.fromisoformat(self.data["created_at"])
        return (datetime.now(UTC) - accepted).total_seconds()

    def enter_context(self) -> None:
        """Log lines and calls of this task carry the request's ids from here on."""
        context.request_id.set(self.request_id)
        context.traceparent.set(self.traceparent)

    def changed(self, **data: Any) -> "Message":
        return replace(self, data={**self.data, **data})


def parse(entry: str, fields: dict[str, str]) -> Message:
    """Raises events.InvalidEvent."""
    event = events.load(fields.get(events.FIELD, ""), events.REQUESTED)
    _check_time(event["data"]["created_at"])
    # Both become headers of outgoing calls, so that an unfit value is dropped.
    request_id = _match(_REQUEST_ID, event.get("requestid")) or "-"
    return Message(entry, request_id, _match(_TRACEPARENT, event.get("traceparent")), event["data"])


def salvage(entry: str, fields: dict[str, str]) -> Message | None:
    """The part of a message outside the contract that names its analysis; None where it names none."""
    try:
        data = json.loads(fields.get(events.FIELD, ""))["data"]
        owner = {"analysis_id": data["analysis_id"], "user_id": data["user_id"]}
    except (ValueError, LookupError, TypeError):
        return None
    if not (ids.is_id("an", owner["analysis_id"]) and ids.is_id("us", owner["user_id"])):
        return None
    return Message(entry, "-", None, owner)


def _check_time(text: str) -> None:
    """Raises events.InvalidEvent; JSON Schema's `format` is not checked."""
    try:
        zone = datetime.fromisoformat(text).tzinfo
    except ValueError:
        zone = None
    if zone is None:
        raise events.InvalidEvent("created_at is no point in time")


def _match(pattern: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
