"""CloudEvents 1.0 in structured mode: one JSON text per stream entry, under the field `event`."""

import json
from functools import cache
from typing import Any

import jsonschema_rs
from ulid import ULID

from sightline_contracts import context, ids
from sightline_contracts.loader import event_schema

FIELD = "event"
REQUESTED = "analysis.requested"
COMPLETED = "analysis.completed"


class InvalidEvent(ValueError):
    """A message that does not follow its contract."""


def dump(event_type: str, source: str, subject: str, data: dict[str, Any]) -> str:
    """An event as JSON text. Raises InvalidEvent when `data` breaks the event's schema."""
    _check(event_type, data)
    event = {
        "specversion": "1.0",
        "id": str(ULID()).lower(),
        "source": f"/{source}",
        "type": event_type,
        "subject": subject,
        "time": ids.now(),
        "datacontenttype": "application/json",
        "requestid": context.request_id.get(),
        "data": data,
    }
    trace = context.traceparent.get()
    if trace is not None:
        event["traceparent"] = trace  # CloudEvents' extension for distributed tracing
    return json.dumps(event, separators=(",", ":"))


def load(text: str | bytes, event_type: str) -> dict[str, Any]:
    """The event's envelope with `data` checked against the schema. Raises InvalidEvent."""
    try:
        event = json.loads(text)
    except ValueError as error:
        raise InvalidEvent("not JSON") from error
    if not isinstance(event, dict) or event.get("type") != event_type:
        raise InvalidEvent(f"not a {event_type} event")
    _check(event_type, event.get("data"))
    return event


def _check(event_type: str, data: Any) -> None:
    error = next(_validator(event_type).iter_errors(data), None)
    if error is not None:
        pointer = "".join(f"/{part}" for part in error.instance_path)
        raise InvalidEvent(
            f"{event_type} breaks its contract at {pointer or '/'}: {error.kind.name}"
        )


@cache
def _validator(event_type: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(event_schema(event_type))
