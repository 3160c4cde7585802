"""Stored objects that cannot be read: another version wrote them, or nobody of us.

Each is put aside by itself, counted and logged, so that the others go on; a version that can read it
finds it where it is.
"""

import traceback
from pathlib import Path

import structlog
from prometheus_client import Counter
from pydantic import ValidationError

MALFORMED = (ValidationError, ValueError, LookupError, TypeError, AttributeError)
"""What reading such an object raises."""
OBJECTS = Counter("unreadable_objects_total", "Stored objects put aside as unreadable.", ["kind"])
_log = structlog.get_logger()


def note(kind: str, key: str, error: Exception) -> None:
    """`kind`: what it should have been. The error's text may quote the object, so the log has the
    error's type and the line that raised it."""
    OBJECTS.labels(kind).inc()
    raised = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(raised.filename).name}:{raised.lineno}"
    _log.error("object_unreadable", kind=kind, key=key, error=type(error).__name__, where=where)
