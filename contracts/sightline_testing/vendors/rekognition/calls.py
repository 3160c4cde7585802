"""What Rekognition answers to a call on a good day, or why it refuses it."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sightline_testing.vendors import pictures
from sightline_testing.vendors.rekognition import errors, found, sigv4
from sightline_testing.vendors.rekognition.found import Json
from sightline_testing.vendors.stub import Reply, Request

IMAGE_BYTES = 5_242_880
TARGET = "RekognitionService."
CONTENT_TYPE = "application/x-amz-json-1.1"
FEATURES = {"GENERAL_LABELS", "IMAGE_PROPERTIES"}


class Refused(Exception):
    """`args[0]` is the error's name."""


def answer(request: Request, *, finds: bool = True) -> Reply:
    """As on a good day; with `finds` false in pictures that show nothing."""
    try:
        operation, asked = read(request)
        return errors.reply(200, operation(asked, finds))
    except Refused as refused:
        return errors.ERRORS[refused.args[0]].reply()


def read(request: Request) -> tuple[Callable[[Json, bool], Json], Json]:
    """The operation and what it is asked. Raises Refused."""
    headers = request.headers
    name = headers.get("x-amz-target", "").removeprefix(TARGET)
    is_call = (request.method, request.path) == ("POST", "/")
    if not is_call or name not in OPERATIONS or headers.get("content-type") != CONTENT_TYPE:
        raise Refused("UnknownOperationException")
    if refusal := sigv4.refusal(request):
        raise Refused(refusal)
    try:
        asked = request.json
    except ValueError as error:
        raise Refused("SerializationException") from error
    if not isinstance(asked, dict):
        raise Refused("SerializationException")
    _check(asked.get("Image"))
    return OPERATIONS[name], asked


def _check(image: Any) -> None:
    """Bytes are looked at; a bucket of S3 has nothing that the stub could get."""
    given = image if isinstance(image, dict) else {}
    if "S3Object" in given and "Bytes" not in given:
        raise Refused("InvalidS3ObjectException")
    try:
        data = base64.b64decode(given.get("Bytes", ""), validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise Refused("SerializationException") from error
    if not data or "S3Object" in given:
        raise Refused("InvalidParameterException")
    if len(data) > IMAGE_BYTES:
        raise Refused("ImageTooLargeException")
    if pictures.kind(data) not in ("jpeg", "png"):
        raise Refused("InvalidImageFormatException")


def _number(of: Json, name: str, unsaid: float, least: float, most: float) -> float:
    value = of.get(name, unsaid)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refused("InvalidParameterException")
    return value


def _sure(all_found: Sequence[Json], least: float) -> list[Json]:
    return [one for one in all_found if one["Confidence"] >= least]


def _detect_faces(asked: Json, finds: bool) -> Json:
    attributes = set(asked.get("Attributes") or ["DEFAULT"])
    if not attributes <= {"DEFAULT", "ALL", *found.ATTRIBUTES}:
        raise Refused("InvalidParameterException")
    wanted = {*found.DEFAULT_OF_A_FACE, *(found.ATTRIBUTES.get(one, "") for one in attributes)}
    details = [
        {name: value for name, value in face.items() if "ALL" in attributes or name in wanted}
        for face in found.FACES
    ]
    return {"FaceDetails": details if finds else []}


def _detect_labels(asked: Json, finds: bool) -> Json:
    features = set(asked.get("Features") or ["GENERAL_LABELS"])
    if not features <= FEATURES:
        raise Refused("InvalidParameterException")
    # Checked whichever features are asked for.
    least = _number(asked, "MinConfidence", 55, 0, 100)
    at_most = int(_number(asked, "MaxLabels", 1000, 0, float("inf")))
    settings = asked.get("Settings") or {}
    told: Json = {}
    if "GENERAL_LABELS" in features:
        labels = _filtered(_sure(found.LABELS, least), settings.get("GeneralLabels") or {})
        told["Labels"] = labels[:at_most] if finds else []
        told["LabelModelVersion"] = "3.0"
    if "IMAGE_PROPERTIES" in features:
        told["ImageProperties"] = _properties(settings.get("ImageProperties") or {})
    return told


def _filtered(labels: list[Json], filters: Json) -> list[Json]:
    def names(kind: str) -> set[str]:
        return set(filters.get(kind) or ())

    only, never = names("LabelInclusionFilters"), names("LabelExclusionFilters")
    kinds, never_kinds = (
        names("LabelCategoryInclusionFilters"),
        names("LabelCategoryExclusionFilters"),
    )
    left = []
    for one in labels:
        of = {category["Name"] for category in one["Categories"]}
        admitted = (not only and not kinds) or one["Name"] in only or of & kinds
        if admitted and one["Name"] not in never and not of & never_kinds:
            left.append(one)
    return left


def _properties(settings: Json) -> Json:
    """Whatever a picture shows, it has colors."""
    at_most = int(_number(settings, "MaxDominantColors", 10, 0, 20))
    part = {"Quality": found.QUALITY, "DominantColors": list(found.COLORS[:at_most])}
    return {**part, "Foreground": part, "Background": part}


def _detect_text(asked: Json, finds: bool) -> Json:
    words = (asked.get("Filters") or {}).get("WordFilter") or {}
    least = _number(words, "MinConfidence", 0, 0, 100)
    height = _number(words, "MinBoundingBoxHeight", 0, 0, 1)
    width = _number(words, "MinBoundingBoxWidth", 0, 0, 1)
    kept = []
    for one in _sure(found.TEXT, least) if finds else ():
        place = one["Geometry"]["BoundingBox"]
        if place["Height"] >= height and place["Width"] >= width:
            kept.append(one)
    return {"TextDetections": kept, "TextModelVersion": "3.0"}


def _detect_moderation_labels(asked: Json, finds: bool) -> Json:
    least = _number(asked, "MinConfidence", 50, 0, 100)
    return {
        "ModerationLabels": _sure(found.MODERATION, least) if finds else [],
        "ModerationModelVersion": "7.0",
        "ContentTypes": list(found.CONTENT_TYPES) if finds else [],
    }


OPERATIONS: Mapping[str, Callable[[Json, bool], Json]] = {
    "DetectFaces": _detect_faces,
    "DetectLabels": _detect_labels,
    "DetectText": _detect_text,
    "DetectModerationLabels": _detect_moderation_labels,
}
