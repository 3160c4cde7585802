"""An end state as an object: the body is what `GET …/result` answers, the rest is metadata.

The body of a success is the result itself, byte for byte; of a failure or a cancel the error
and the attempts. Status, times and metering travel as S3 user metadata, so that one object,
written once with `If-None-Match: *`, decides everything.
"""

import json
from dataclasses import dataclass
from typing import Any

from result_service.bucket import StoredObject
from result_service.models import EndStatus, Failure, Metering, Report

SCHEMA_VERSION = "1"


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

    def encode(self) -> tuple[bytes, dict[str, str]]:
        """Body and user metadata of the object."""
        metadata = {
            "status": self.status,
            "finished-at": self.finished_at,
            "metering": self.metering.model_dump_json(),
        }
        if self.started_at is not None:
            metadata["started-at"] = self.started_at
        body = json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)
        return body.encode(), metadata


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
