"""DetectFaces. Source: Amazon Rekognition API reference, DetectFaces and FaceDetail.

We estimate nothing of who somebody is or feels: such an attribute is refused where it is named, and
ALL is answered with what there is.
"""

import math
from typing import Any, Literal

from pydantic import Field, field_validator

from gateway.vendor_apis.rekognition.shapes import Call, Json, Result, box, percent, sharpness

FACES_AT_MOST = 100
LANDMARKS = {
    "right_eye": "eyeLeft",
    "left_eye": "eyeRight",
    "nose": "nose",
    "mouth_right": "mouthLeft",
    "mouth_left": "mouthRight",
}
"""Ours name the person's side, Rekognition's the side of the picture."""
Attribute = Literal[
    "DEFAULT",
    "ALL",
    "AGE_RANGE",
    "BEARD",
    "EMOTIONS",
    "EYE_DIRECTION",
    "EYEGLASSES",
    "EYES_OPEN",
    "GENDER",
    "MOUTH_OPEN",
    "MUSTACHE",
    "FACE_OCCLUDED",
    "SMILE",
    "SUNGLASSES",
]


class DetectFaces(Call):
    attributes: list[Attribute] = Field(default=["DEFAULT"])

    @field_validator("attributes")
    @classmethod
    def _estimated(cls, given: list[Attribute]) -> list[Attribute]:
        others = [one for one in given if one not in ("DEFAULT", "ALL")]
        if others and "ALL" not in given:
            raise ValueError(f"{', '.join(others)}: not estimated here")
        return given

    def operations(self) -> tuple[str, ...]:
        return ("faces", "quality")

    def answer(self, result: Result) -> Json:
        faces = sorted(result["faces"], key=_area, reverse=True)[:FACES_AT_MOST]
        return {"FaceDetails": [_detail(face, result) for face in faces]}


def _area(face: Json) -> float:
    return float(face["box"]["width"] * face["box"]["height"])


def _detail(face: Json, result: Result) -> Json:
    landmarks = {
        LANDMARKS[one["type"]]: one for one in face["landmarks"] if one["type"] in LANDMARKS
    }
    detail: dict[str, Any] = {
        "BoundingBox": box(face["box"]),
        "Confidence": percent(face["confidence"]),
        "Landmarks": [
            {"Type": kind, "X": point["x"], "Y": point["y"]} for kind, point in landmarks.items()
        ],
    }
    if {"eyeLeft", "eyeRight"} <= landmarks.keys():
        detail["Pose"] = {"Roll": _roll(landmarks["eyeLeft"], landmarks["eyeRight"], result)}
    if result["quality"]:
        detail["Quality"] = {
            "Brightness": percent(result["quality"]["brightness"]),
            "Sharpness": sharpness(result["quality"]["sharpness"]),
        }
    return detail


def _roll(left: Json, right: Json, result: Result) -> float:
    """Degrees, of the line between the eyes; clockwise is positive."""
    width, height = result["image"]["width"], result["image"]["height"]
    across, down = (right["x"] - left["x"]) * width, (right["y"] - left["y"]) * height
    return round(math.degrees(math.atan2(down, across)), 4)
