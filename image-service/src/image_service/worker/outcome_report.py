"""The report to result-service on an analysis that has ended."""

import base64
import math
from typing import Any

import sightline_contracts
from sightline_contracts import ids

from image_service import __version__
from image_service.errors import FREE, REUSED, TITLES
from image_service.instances.answers import Analysed
from image_service.queue.message import Message

SCHEMA_VERSION = "1"


def attempt(
    number: int,
    started_at: str,
    duration_ms: float,
    outcome: str,
    init_ms: float = 0.0,
    max_memory_mb: float = 0.0,
) -> dict[str, Any]:
    """One attempt; `duration_ms` holds the instance's `init_ms`, as billed time does."""
    return {
        "number": number,
        "started_at": started_at,
        "duration_ms": round(duration_ms, 1),
        "init_ms": init_ms,
        "max_memory_mb": max_memory_mb,
        "outcome": outcome,
    }


def metering(
    attempts: list[dict[str, Any]], memory_mb: int, engine_calls: int = 0
) -> dict[str, Any]:
    """Bills each attempt by the millisecond, rounded up, times the memory size (AWS Lambda's rule).
    Attempts that failed by a fault of this service, or ran nothing, are free. A vendor is billed by
    the call, not by its time."""
    billed = [attempt for attempt in attempts if attempt["outcome"] not in FREE | {REUSED}]
    billed_ms = sum(math.ceil(attempt["duration_ms"]) for attempt in billed)
    return {
        "billed_ms": billed_ms,
        "duration_ms": round(sum(attempt["duration_ms"] for attempt in attempts), 1),
        "init_ms": round(sum(attempt["init_ms"] for attempt in attempts), 1),
        "memory_mb": memory_mb,
        "gb_seconds": round(billed_ms / 1000 * memory_mb / 1024, 6),
        "engine_calls": engine_calls,
    }


def succeeded(
    message: Message, analysed: Analysed, memory_mb: int, reused_from: str | None = None
) -> dict[str, Any]:
    """`message` with its last attempt; `reused_from`: the analysis whose result this is."""
    parts = analysed.parts
    result = {
        "schema_version": SCHEMA_VERSION,
        "analysis_id": message.analysis_id,
        **parts,
        "reused_from": reused_from,
        "attempts": message.attempts,
        "receipt": {
            "input_sha256": parts["image"]["sha256"],
            "contracts": sightline_contracts.__version__,
            "service": f"image-service/{__version__}",
        },
    }
    preview = base64.b64encode(analysed.preview).decode() if analysed.preview else None
    report = {**_report("succeeded", message, memory_mb, result=result), "preview": preview}
    # A result-service from before passes it over.
    return report if analysed.embedding is None else {**report, "embedding": analysed.embedding}


def failed(code: str, detail: str, message: Message, memory_mb: int) -> dict[str, Any]:
    """`message` with its last attempt."""
    attempts = len(message.attempts)
    error = {"code": code, "title": TITLES[code], "detail": detail, "attempts": attempts}
    return _report("failed", message, memory_mb, error=error)


def _report(
    status: str,
    message: Message,
    memory_mb: int,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> dict[str, Any]:
    now, attempts = ids.now(), message.attempts
    return {
        "status": status,
        "started_at": attempts[0]["started_at"] if attempts else now,
        "finished_at": now,
        "attempts": attempts,
        "metering": metering(attempts, memory_mb, message.engine_calls),
        "result": result,
        "error": error,
    }
