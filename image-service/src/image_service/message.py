"""An invocation as it came from the queue, reduced to what this service reads."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sightline_contracts import context, events


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
    def attempts(self) -> list[dict[str, Any]]:
        """Earlier attempts, oldest first."""
        return list(self.data.get("attempts", ()))

    @property
    def deferrals(self) -> int:
        return int(self.data.get("deferrals", 0))

    def age_s(self) -> float:
        accepted = datetime.fromisoformat(self.data["created_at"])
        return (datetime.now(UTC) - accepted).total_seconds()

    def enter_context(self) -> None:
        """What this task does from here on belongs to the request that asked for it."""
        context.request_id.set(self.request_id)
        context.traceparent.set(self.traceparent)

    def changed(self, **data: Any) -> "Message":
        return replace(self, data={**self.data, **data})


def parse(entry: str, fields: dict[str, str]) -> Message:
    """Raises events.InvalidEvent."""
    event = events.load(fields.get(events.FIELD, ""), events.REQUESTED)
    trace = event.get("traceparent")
    return Message(
        entry, str(event.get("requestid", "-")), trace if isinstance(trace, str) else None,
        event["data"],
    )  # fmt: skip
