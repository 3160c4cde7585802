"""What Amazon Rekognition answers, and the parts of a result that are made of it.

Shapes: botocore's service model `rekognition/2016-06-27`. Confidences there are 0 to 100.
"""

from typing import Any

from pydantic import ConfigDict
from pydantic.alias_generators import to_pascal

from image_service.engines.port import UNKNOWN_VERSION, Answer
from image_service.picture.geometry import box, fraction

MEMBERS = {
    "faces": "FaceDetails",
    "labels": "Labels",
    "colors": "ImageProperties",
    "text": "TextDetections",
    "moderation": "ModerationLabels",
}
"""Of an answer, which has its own also where nothing was found."""
LANDMARKS = {
    "eyeLeft": "right_eye",
    "eyeRight": "left_eye",
    "nose": "nose",
    "mouthLeft": "mouth_right",
    "mouthRight": "mouth_left",
}
"""Its left is the picture's, ours is the person's. The others of its thirty are in the raw answer."""


class Shape(Answer):
    model_config = ConfigDict(alias_generator=to_pascal)


class Box(Shape):
    width: float = 0.0
    height: float = 0.0
    left: float = 0.0
    top: float = 0.0

    @property
    def ours(self) -> dict[str, float]:
        return box(self.left, self.top, self.left + self.width, self.top + self.height)


class Landmark(Shape):
    type: str
    x: float
    y: float


class Face(Shape):
    bounding_box: Box
    confidence: float
    landmarks: tuple[Landmark, ...] = ()


class Instance(Shape):
    bounding_box: Box
    confidence: float


class Named(Shape):
    name: str


class Label(Shape):
    name: str
    confidence: float
    instances: tuple[Instance, ...] = ()
    parents: tuple[Named, ...] = ()
    categories: tuple[Named, ...] = ()
    aliases: tuple[Named, ...] = ()


class Color(Shape):
    hex_code: str
    css_color: str = ""
    pixel_percent: float

    model_config = ConfigDict(
        alias_generator=lambda name: "CSSColor" if name == "css_color" else to_pascal(name)
    )


class Properties(Shape):
    dominant_colors: tuple[Color, ...] = ()


class Point(Shape):
    x: float
    y: float


class Geometry(Shape):
    bounding_box: Box
    polygon: tuple[Point, ...] = ()


class Text(Shape):
    detected_text: str
    type: str
    id: int
    parent_id: int | None = None
    confidence: float
    geometry: Geometry


class Moderation(Shape):
    name: str
    confidence: float


class Answered(Shape):
    """Of all four operations; each has its own."""

    face_details: tuple[Face, ...] = ()
    labels: tuple[Label, ...] = ()
    image_properties: Properties = Properties()
    text_detections: tuple[Text, ...] = ()
    moderation_labels: tuple[Moderation, ...] = ()
    label_model_version: str = ""
    text_model_version: str = ""
    moderation_model_version: str = ""


def read(operation: str, raw: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
    """The operation's part of a result, and the version of the model. Raises ValidationError, and
    LookupError where the operation's own member is not there."""
    raw[MEMBERS[operation]]
    answered = Answered.model_validate(raw)
    return _PARTS[operation](answered), _version(operation, answered)


def _version(operation: str, answered: Answered) -> str:
    """DetectFaces names none."""
    named = {
        "labels": answered.label_model_version,
        "colors": answered.label_model_version,
        "text": answered.text_model_version,
        "moderation": answered.moderation_model_version,
    }
    return named.get(operation) or UNKNOWN_VERSION


def _share(percent: float) -> float:
    return fraction(percent / 100)


def _faces(answered: Answered) -> list[dict[str, Any]]:
    return [
        {
            "box": face.bounding_box.ours,
            "confidence": _share(face.confidence),
            "landmarks": [
                {"type": LANDMARKS[mark.type], "x": fraction(mark.x), "y": fraction(mark.y)}
                for mark in face.landmarks
                if mark.type in LANDMARKS
            ],
        }
        for face in answered.face_details
    ]


def _labels(answered: Answered) -> list[dict[str, Any]]:
    return [
        {
            "name": label.name,
            "confidence": _share(label.confidence),
            "source": "model",
            "model": "detect-labels",
            "parents": [one.name for one in label.parents],
            "categories": [one.name for one in label.categories],
            "aliases": [one.name for one in label.aliases],
            "instances": [
                {"box": instance.bounding_box.ours, "confidence": _share(instance.confidence)}
                for instance in label.instances
            ],
        }
        for label in answered.labels
    ]


def _colors(answered: Answered) -> list[dict[str, Any]]:
    return [
        {
            "hex": color.hex_code.lower(),
            "name": color.css_color.lower(),
            "fraction": _share(color.pixel_percent),
        }
        for color in answered.image_properties.dominant_colors
    ]


def _text(answered: Answered) -> list[dict[str, Any]]:
    found = answered.text_detections
    return [
        {
            **_place(line),
            "kind": "line",
            "words": [_place(word) for word in found if word.parent_id == line.id],
        }
        for line in found
        if line.type == "LINE"
    ]


def _place(text: Text) -> dict[str, Any]:
    return {
        "text": text.detected_text,
        "confidence": _share(text.confidence),
        "box": text.geometry.bounding_box.ours,
        "polygon": [
            {"x": fraction(point.x), "y": fraction(point.y)} for point in text.geometry.polygon
        ],
    }


def _moderation(answered: Answered) -> list[dict[str, Any]]:
    return [
        {"name": label.name, "confidence": _share(label.confidence)}
        for label in answered.moderation_labels
    ]


_PARTS = {
    "faces": _faces,
    "labels": _labels,
    "colors": _colors,
    "text": _text,
    "moderation": _moderation,
}
