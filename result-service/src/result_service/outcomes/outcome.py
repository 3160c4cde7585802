"""The end of an analysis as one object: its body is the answer of `GET …/result`, the rest is metadata.

The body of a success is the result itself, byte for byte; that of a failure or a cancel has the error and
the attempts. Whatever a list shows travels as S3 user metadata: status, times, metering, error, summary,
and the intent unless it is long. One object, written once with `If-None-Match: *`, therefore decides and
tells everything, and a list reads no body.
"""

import base64
import json
from dataclasses import dataclass, replace
from typing import Any, Self

from pydantic import BaseModel

from result_service.models.analyses import EndStatus, Failure, Intent, Metering, Report, Summary
from result_service.outcomes import summaries
from result_service.store.bucket import StoredObject

SCHEMA_VERSION = "1"
MAX_INTENT_CHARACTERS = 1080
"""Characters of an intent as metadata. S3 takes 2 KB of metadata in all: 600 bytes are for the summary or
the error, and the rest needs some 300."""
MAX_DETAIL_BYTES = 200
"""Bytes of an error's detail as metadata; the object's body has the whole of it."""


@dataclass(frozen=True)
class Outcome:
    """How an analysis ended. `body` is None where only the object's metadata was read."""

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
        """The outcome that this body holds."""
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

    @classmethod
    def of_report(cls, analysis_id: str, report: Report) -> Self:
        """The outcome that image-service reports."""
        body = report.result or {}
        if report.status == "failed":
            error = report.error.model_dump() if report.error else None
            attempts = [attempt.model_dump() for attempt in report.attempts]
            body = _body_without_result(analysis_id, "failed", error, attempts)
        return cls.of_body(
            report.status, report.started_at, report.finished_at, report.metering, body
        )

    @classmethod
    def canceled(cls, analysis_id: str, started_at: str | None, finished_at: str) -> Self:
        """The outcome of a cancel, which is free even where the analysis was running."""
        body = _body_without_result(analysis_id, "canceled", None, [])
        return cls.of_body("canceled", started_at, finished_at, Metering(), body)

    @classmethod
    def decode(cls, stored: StoredObject) -> Self:
        """The outcome in a stored object. Without a body, as after a head, `has_full_metadata` must
        hold. Raises an error of `unreadable.MALFORMED`."""
        metadata = stored.metadata
        status: EndStatus = metadata["status"]  # type: ignore[assignment]  # written by encode() alone
        started_at, finished_at = metadata.get("started-at"), metadata["finished-at"]
        metering = Metering.model_validate_json(metadata["metering"])
        if stored.body:
            body = json.loads(stored.body)
            return cls.of_body(status, started_at, finished_at, metering, body)
        error, summary = metadata.get("error"), metadata.get("summary")
        return cls(
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

    @property
    def result(self) -> dict[str, Any] | None:
        return self.body if self.status == "succeeded" else None

    def encode(self, intent: Intent) -> tuple[bytes, dict[str, str]]:
        """Body and user metadata of the object."""
        metadata = self.metadata()
        if fits_in_metadata(intent):
            metadata["intent"] = _as_metadata(intent)
        body = json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)
        return body.encode(), metadata

    def metadata(self) -> dict[str, str]:
        """Whatever a list shows of the outcome."""
        metadata = {
            "status": self.status,
            "finished-at": self.finished_at,
            "metering": self.metering.model_dump_json(),
            "attempts": str(self.attempts),
        }
        if self.started_at is not None:
            metadata["started-at"] = self.started_at
        if self.error is not None:
            detail = self.error.detail.encode()[:MAX_DETAIL_BYTES].decode(errors="ignore")
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


def fits_in_metadata(intent: Intent) -> bool:
    """Whether the outcome's object has room for the intent, which else has an object of its own."""
    return len(_as_metadata(intent)) <= MAX_INTENT_CHARACTERS


def intent_in(stored: StoredObject) -> Intent | None:
    """The intent that an outcome's object holds."""
    encoded = stored.metadata.get("intent")
    return None if encoded is None else Intent.model_validate_json(base64.b64decode(encoded))


def has_full_metadata(stored: StoredObject) -> bool:
    """Whether the metadata suffices for a list. Version 1.0.0 left error, attempts and summary to the
    body."""
    return "attempts" in stored.metadata


def with_full_metadata(stored: StoredObject) -> StoredObject:
    """The object without its body and with the metadata that this version would have written."""
    metadata = {**stored.metadata, **Outcome.decode(stored).metadata()}
    return replace(stored, body=b"", metadata=metadata)


def _as_metadata(value: BaseModel) -> str:
    """Base64, since metadata is ASCII and S3 does not keep its spaces."""
    return base64.b64encode(value.model_dump_json().encode()).decode()


def _body_without_result(
    analysis_id: str, status: str, error: dict[str, Any] | None, attempts: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "analysis_id": analysis_id,
        "status": status,
        "error": error,
        "attempts": attempts,
    }
