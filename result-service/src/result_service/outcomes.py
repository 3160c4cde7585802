"""An end state as an object: the body is what `GET …/result` answers, the rest is metadata.

The body of a success is the result itself, byte for byte; of a failure or a cancel the error
and the attempts. What a list shows travels as S3 user metadata: status, times, metering, error,
summary, and the intent if it is no long one. So one object, written once with `If-None-Match: *`,
decides and tells everything, and a list reads no body.
"""

import base64
import json
from dataclasses import dataclass, replace
from typing import Any, Self

from pydantic import BaseModel

from result_service import summaries
from result_service.bucket import StoredObject
from result_service.models import EndStatus, Failure, Intent, Metering, Report, Summary

SCHEMA_VERSION = "1"
INTENT_AT_MOST = 1080
"""Characters of the intent as metadata. S3 takes 2 KB of it in all: 600 are for the summary or the
error, and the rest needs some 300."""
DETAIL_AT_MOST = 200
"""Bytes of an error's detail as metadata; the object's body has it whole."""


@dataclass(frozen=True)
class Outcome:
    """`body` is None where only the object's metadata was read."""

    status: EndStatus
    started_at: str | None
    finished_at: str
    metering: Metering
    attempts: int
    error: Failure | None
    summary: Summary | None
    body: dict[str, Any] | None

    @classmethod
    def of_body(
        cls,
        status: EndStatus,
        started_at: str | None,
        finished_at: str,
        metering: Metering,
        body: dict[str, Any],
    ) -> Self:
        error = body.get("error") if status == "failed" else None
        return cls(
            status,
            started_at,
            finished_at,
            metering,
            attempts=len(body.get("attempts", ())),
            error=None if error is None else Failure.model_validate(error),
            summary=summaries.of(body) if status == "succeeded" else None,
            body=body,
        )

    @property
    def result(self) -> dict[str, Any] | None:
        return self.body if self.status == "succeeded" else None

    def encode(self, intent: Intent) -> tuple[bytes, dict[str, str]]:
        """Body and user metadata of the object."""
        metadata = self.metadata()
        if carries(intent):
            metadata["intent"] = _as_metadata(intent)
        body = json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)
        return body.encode(), metadata

    def metadata(self) -> dict[str, str]:
        """All that a list shows of it."""
        metadata = {
            "status": self.status,
            "finished-at": self.finished_at,
            "metering": self.metering.model_dump_json(),
            "attempts": str(self.attempts),
        }
        if self.started_at is not None:
            metadata["started-at"] = self.started_at
        if self.error is not None:
            detail = self.error.detail.encode()[:DETAIL_AT_MOST].decode(errors="ignore")
            metadata["error"] = _as_metadata(self.error.model_copy(update={"detail": detail}))
        if self.summary is not None:
            metadata["summary"] = _as_metadata(self.summary)
        return metadata


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


def _as_metadata(value: BaseModel) -> str:
    """Base64, since metadata is ASCII and its spaces are not kept."""
    return base64.b64encode(value.model_dump_json().encode()).decode()


def tells_all(stored: StoredObject) -> bool:
    """Whether the metadata suffices: version 1.0.0 left error, attempts and summary to the body."""
    return "attempts" in stored.metadata


def summed_up(stored: StoredObject) -> StoredObject:
    """The object as a head of it would be, had this version written it."""
    metadata = {**stored.metadata, **decode(stored).metadata()}
    return replace(stored, body=b"", metadata=metadata)


def decode(stored: StoredObject) -> Outcome:
    """The outcome in a stored object. Its body is empty after a head, which has to tell all."""
    metadata = stored.metadata
    status: EndStatus = metadata["status"]  # type: ignore[assignment]  # written by encode() alone
    started_at, finished_at = metadata.get("started-at"), metadata["finished-at"]
    metering = Metering.model_validate_json(metadata["metering"])
    if stored.body:
        body = json.loads(stored.body)
        return Outcome.of_body(status, started_at, finished_at, metering, body)
    error, summary = metadata.get("error"), metadata.get("summary")
    return Outcome(
        status,
        started_at,
        finished_at,
        metering,
        attempts=int(metadata["attempts"]),
        error=None if error is None else Failure.model_validate_json(base64.b64decode(error)),
        summary=(
            None if summary is None else Summary.model_validate_json(base64.b64decode(summary))
        ),
        body=None,
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
    return Outcome.of_body(
        report.status, report.started_at, report.finished_at, report.metering, body
    )


def canceled(analysis_id: str, started_at: str | None, finished_at: str) -> Outcome:
    """A cancel is free, even of an analysis that was running."""
    body = _without_result(analysis_id, "canceled", None, [])
    return Outcome.of_body("canceled", started_at, finished_at, Metering(), body)


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
