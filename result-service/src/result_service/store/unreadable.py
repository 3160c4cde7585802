"""Stored objects that cannot be read, because another version or another program wrote them.

Each is set aside alone, counted and logged, so that work on the others goes on. It stays where it is, for a
version that can read it.
"""

import traceback
from pathlib import Path

import structlog
from prometheus_client import Counter
from pydantic import ValidationError

MALFORMED = (ValidationError, ValueError, LookupError, TypeError, AttributeError)
"""Errors that reading such an object raises."""
OBJECTS = Counter("unreadable_objects_total", "Stored objects put aside as unreadable.", ["kind"])
_log = structlog.get_logger()


def record(kind: str, key: str, error: Exception) -> None:
    """Count and log such an object. `kind` names what it should have been. The error's text may quote
    the object, so the log has the error's type and the line that raised it instead."""
    OBJECTS.labels(kind).inc()
    raised = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(raised.filename).name}:{raised.lineno}"
    _log.error("object_unreadable", kind=kind, key=key, error=type(error).__name__, where=where)
