"""DetectText. Source: Amazon Rekognition API reference, DetectText, DetectTextFilters, TextDetection and
RegionOfInterest.

An engine that finds lines only has no words: they get the part of the line's shape that their characters
have of its text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import Field, model_validator

from gateway.vendor_apis.rekognition.regions import Point, bounds, share_inside
from gateway.vendor_apis.rekognition.shapes import (
    Call,
    Json,
    Result,
    Shape,
    box,
    model_version,
    percent,
)

WORDS_AT_MOST = 100
HALF = 0.5


class BoundingBox(Shape):
    width: float
    height: float
    left: float
    top: float

    def corners(self) -> list[Point]:
        right, bottom = self.left + self.width, self.top + self.height
        return [
            (self.left, self.top),
            (right, self.top),
            (right, bottom),
            (self.left, bottom),
        ]


class Corner(Shape):
    x: float
    y: float


class RegionOfInterest(Shape):
    bounding_box: BoundingBox | None = None
    polygon: list[Corner] | None = Field(default=None, min_length=3, max_length=10)

    @model_validator(mode="after")
    def _one(self) -> "RegionOfInterest":
        if (self.bounding_box is None) == (self.polygon is None):
            raise ValueError("needs either BoundingBox or Polygon")
        return self

    def corners(self) -> list[Point]:
        if self.bounding_box is not None:
            return self.bounding_box.corners()
        return [(corner.x, corner.y) for corner in self.polygon or ()]


class WordFilter(Shape):
    min_confidence: float = Field(default=0, ge=0, le=100)
    min_bounding_box_height: float = Field(default=0, ge=0, le=1)
    min_bounding_box_width: float = Field(default=0, ge=0, le=1)


class Filters(Shape):
    word_filter: WordFilter = WordFilter()
    regions_of_interest: list[RegionOfInterest] = Field(default=[], max_length=10)

    def admits(self, word: "Word") -> bool:
        wanted, sides = self.word_filter, bounds(word.corners)
        return (
            word.confidence >= wanted.min_confidence
            and sides["height"] >= wanted.min_bounding_box_height
            and sides["width"] >= wanted.min_bounding_box_width
            and self._inside(word)
        )

    def _inside(self, word: "Word") -> bool:
        regions = [one.corners() for one in self.regions_of_interest]
        return not regions or any(share_inside(word.corners, one) > HALF for one in regions)


@dataclass(frozen=True)
class Word:
    text: str
    confidence: float
    corners: list[Point]


class DetectText(Call):
    filters: Filters = Filters()

    def operations(self) -> tuple[str, ...]:
        return ("text",)

    def answer(self, result: Result) -> Json:
        """The lines that have a word left, then their words."""
        lines: list[Json] = []
        words: list[Json] = []
        for line in (one for one in result["text"] if one["kind"] == "line"):
            found = [_shape(word) for word in line.get("words", ())] or _shares(_shape(line))
            kept = [word for word in found if self.filters.admits(word)][
                : WORDS_AT_MOST - len(words)
            ]
            if kept:
                words.extend(_detection(word, "WORD", ParentId=len(lines)) for word in kept)
                lines.append(_detection(_shape(line), "LINE"))
        detections = [{**one, "Id": number} for number, one in enumerate([*lines, *words])]
        return {"TextDetections": detections, "TextModelVersion": model_version(result, "text")}


def _shape(ours: Json) -> Word:
    """Of a line or a word."""
    corners = [(point["x"], point["y"]) for point in ours["polygon"]]
    return Word(ours["text"], percent(ours["confidence"]), corners)


def _shares(whole: Word) -> Iterator[Word]:
    """A word is what no space separates, as the reference says."""
    top_left, top_right, bottom_right, bottom_left = whole.corners
    for found in re.finditer(r"\S+", whole.text):
        begin, end = (place / len(whole.text) for place in found.span())
        corners = [
            _between(top_left, top_right, begin),
            _between(top_left, top_right, end),
            _between(bottom_left, bottom_right, end),
            _between(bottom_left, bottom_right, begin),
        ]
        yield Word(found[0], whole.confidence, corners)


def _between(first: Point, second: Point, share: float) -> Point:
    return (
        round(first[0] + (second[0] - first[0]) * share, 6),
        round(first[1] + (second[1] - first[1]) * share, 6),
    )


def _detection(word: Word, kind: str, **more: Any) -> Json:
    return {
        "DetectedText": word.text,
        "Type": kind,
        "Confidence": word.confidence,
        "Geometry": {
            "BoundingBox": box(bounds(word.corners)),
            "Polygon": [{"X": x, "Y": y} for x, y in word.corners],
        },
        **more,
    }
