"""Opaque cursors of lists: the id of the last item that was shown."""

import base64
import binascii

from sightline_contracts import ids
from sightline_contracts.problems import InvalidRequest


def encode(last_id: str) -> str:
    return base64.urlsafe_b64encode(last_id.encode()).decode().rstrip("=")


def decode(cursor: str, prefix: str) -> str:
    """The id in a cursor. Raises InvalidRequest when it is none with that prefix."""
    try:
        value = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        value = ""
    if not ids.is_id(prefix, value):
        raise InvalidRequest(errors=[{"pointer": "/cursor", "detail": "Not a cursor."}])
    return value
