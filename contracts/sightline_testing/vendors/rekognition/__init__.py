"""A stub of Amazon Rekognition, as far as its detection in single images goes: `with
rekognition_stub() as stub`. Answers of its own are here; those of any server are in
`vendors.server`."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from sightline_testing.vendors.rekognition import calls
from sightline_testing.vendors.rekognition.calls import IMAGE_BYTES, OPERATIONS
from sightline_testing.vendors.rekognition.errors import ERRORS, Error
from sightline_testing.vendors.rekognition.sigv4 import (
    ACCESS_KEY_ID,
    REGION,
    SECRET_ACCESS_KEY,
    SESSION_TOKEN,
)
from sightline_testing.vendors.stub import Answer, Stub, replying, serving

__all__ = [
    "ACCESS_KEY_ID",
    "ERRORS",
    "IMAGE_BYTES",
    "OPERATIONS",
    "REGION",
    "SECRET_ACCESS_KEY",
    "SESSION_TOKEN",
    "WRONG_SHAPES",
    "Error",
    "error",
    "nothing_found",
    "rekognition_stub",
]

WRONG_SHAPES: Mapping[str, Any] = {
    "a_list": [],
    "null": None,
    "a_word": "ok",
    "nothing": {},
    "lists_of_words": {
        "FaceDetails": "none",
        "Labels": "none",
        "TextDetections": "none",
        "ModerationLabels": "none",
    },
    "items_of_numbers": {
        "FaceDetails": [1],
        "Labels": [1],
        "TextDetections": [1],
        "ModerationLabels": [1],
    },
    "items_of_nothing": {
        "FaceDetails": [{}],
        "Labels": [{}],
        "TextDetections": [{}],
        "ModerationLabels": [{}],
    },
    "box_of_words": {
        "FaceDetails": [{"BoundingBox": {"Left": "left", "Top": "top"}, "Confidence": 99.0}],
        "Labels": [{"Name": "Car", "Confidence": "high"}],
        "TextDetections": [{"DetectedText": 1, "Type": "LINE", "Geometry": "none"}],
        "ModerationLabels": [{"Name": "Violence", "Confidence": "high"}],
    },
}
"""For `server.wrong_shape`: JSON that is no answer of Rekognition's, by what is wrong with it."""


@contextlib.contextmanager
def rekognition_stub() -> Iterator[Stub]:
    with serving(Stub(calls.answer)) as stub:
        yield stub


def error(error: str | Error, http: int | None = None) -> Answer:
    """By its key in ERRORS, or one that a test has made."""
    meant = ERRORS[error] if isinstance(error, str) else error
    return replying(meant.code, lambda _request: meant.reply(http))


def nothing_found() -> Answer:
    """A picture without faces, labels, text or what is to be moderated."""
    return replying("nothing_found", lambda request: calls.answer(request, finds=False))
