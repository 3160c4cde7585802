"""An end state as an object: the body is what `GET …/result` answers, the rest is metadata.

The body of a success is the result itself, byte for byte; of a failure or a cancel the error
and the attempts. Status, times, metering and the intent, if it is no long one, travel as S3 user
metadata, so that one object, written once with `If-None-Match: *`, decides and tells everything.
"""

import base64
import json
from dataclasses import dataclass
from typing import Any

from result_service.bucket import StoredObject
from result_service.models import EndStatus, Failure, Intent, Metering, Report

SCHEMA_VERSION = "1"
INTENT_AT_MOST = 1600
"""Characters of the intent as metadata; S3 takes 2 KB of it in all, and the rest needs some 300."""


@dataclass(frozen=True)
class Outcome:
    status: EndStatus
    started_at: str | None
    finished_at: str
    metering: Metering
    body: dict[str, Any]

    @property
    def result(self) -> dict[str, Any] | None:
        return self.body if self.status == "succeeded" else None

    @property
    def error(self) -> Failure | None:
        error = self.body.get("error") if self.status == "failed" else None
        return None if error is None else Failure.model_validate(error)

    @property
    def attempts(self) -> int:
        return len(self.body.get("attempts", ()))

    def encode(self, intent: Intent) -> tuple[bytes, dict[str, str]]:
        """Body and user metadata of the object."""
        metadata = {
            "status": self.status,
            "finished-at": self.finished_at,
            "metering": self.metering.model_dump_json(),
        }
        if self.started_at is not None:
            metadata["started-at"] = self.started_at
        if carries(intent):
            metadata["intent"] = _as_metadata(intent)
        body = json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)
        return body.encode(), metadata


@dataclass(frozen=True)
class End:
    """An analysis that has ended."""

    intent: Intent
    outcome: Outcome

    @property
    def user_id(self) -> str:
        return self.intent.user_id

    @property
    def analysis_id(self) -> str:
        return self.intent.analysis_id


def carries(intent: Intent) -> bool:
    """Whether the outcome's object has room for it; else it has an object of its own."""
    return len(_as_metadata(intent)) <= INTENT_AT_MOST


def intent_in(stored: StoredObject) -> Intent | None:
    """The intent that an outcome's object carries."""
    found = stored.metadata.get("intent")
    return None if found is None else Intent.model_validate_json(base64.b64decode(found))


def _as_metadata(intent: Intent) -> str:
    """Base64, since metadata is ASCII and its spaces are not kept."""
    return base64.b64encode(intent.model_dump_json().encode()).decode()


def decode(stored: StoredObject) -> Outcome:
    """The outcome in a stored object; its body is empty after a head."""
    metadata = stored.metadata
    return Outcome(
        status=metadata["status"],  # type: ignore[arg-type]  # written by encode() alone
        started_at=metadata.get("started-at"),
        finished_at=metadata["finished-at"],
        metering=Metering.model_validate_json(metadata["metering"]),
        body=json.loads(stored.body) if stored.body else {},
    )


def of_report(analysis_id: str, report: Report) -> Outcome:
    if report.status == "succeeded":
        body = report.result or {}
    else:
        body = _without_result(
            analysis_id,
            "failed",
            report.error.model_dump() if report.error else None,
            [attempt.model_dump() for attempt in report.attempts],
        )
    return Outcome(report.status, report.started_at, report.finished_at, report.metering, body)


def canceled(analysis_id: str, started_at: str | None, finished_at: str) -> Outcome:
    """A cancel is free, even of an analysis that was running."""
    body = _without_result(analysis_id, "canceled", None, [])
    return Outcome("canceled", started_at, finished_at, Metering(), body)


def _without_result(
    analysis_id: str, status: str, error: dict[str, Any] | None, attempts: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "analysis_id": analysis_id,
        "status": status,
        "error": error,
        "attempts": attempts,
    }
