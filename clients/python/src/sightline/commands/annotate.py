"""Draws what was found into a picture's preview."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from sightline.models import Result

COLOURS = {"faces": "#d81b60", "text": "#1e88e5", "labels": "#2e7d32", "codes": "#f57c00"}
NARROWEST = 2
LINES_PER_SIDE = 300
"""Pixels of the longer side for each pixel that a line is wide."""


def annotate(preview: bytes, result: Result, target: Path) -> None:
    """Writes a JPEG. Raises OSError."""
    with Image.open(io.BytesIO(preview)) as opened:
        picture = opened.convert("RGB")
    draw = ImageDraw.Draw(picture)
    wide = max(NARROWEST, max(picture.size) // LINES_PER_SIDE)
    for kind, name, corners in marks(result):
        points = [(x * picture.width, y * picture.height) for x, y in corners]
        draw.line([*points, points[0]], fill=COLOURS[kind], width=wide, joint="curve")
        if name:
            draw.text(points[0], name, fill="white", stroke_width=wide, stroke_fill=COLOURS[kind])
    picture.save(target, "JPEG", quality=90)


def marks(result: Result) -> Iterator[tuple[str, str, list[tuple[float, float]]]]:
    """Kind, name and corners as fractions of the picture."""
    for face in result["faces"]:
        yield "faces", "", _of_box(face["box"])
    for label in result["labels"]:
        for instance in label["instances"]:
            yield "labels", label["name"], _of_box(instance["box"])
    for line in result["text"]:
        yield "text", "", [(one["x"], one["y"]) for one in line["polygon"]]
    for code in result["codes"]:
        yield "codes", code["kind"], [(one["x"], one["y"]) for one in code["polygon"]]


def _of_box(box: Mapping[str, Any]) -> list[tuple[float, float]]:
    left, top = box["left"], box["top"]
    right, bottom = left + box["width"], top + box["height"]
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
