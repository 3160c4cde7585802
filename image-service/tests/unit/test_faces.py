"""Groups: when a second look at the larger copy is taken, and what it adds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from image_service.operations import faces
from image_service.picture.decode import PREVIEW_SIDE, WORK_SIDE, shrunk

WIDTH, HEIGHT = PREVIEW_SIDE, 960


def group(pictures: Path, rows: int, columns: int, size: int) -> np.ndarray:
    """The astronaut's head, `size` pixels wide with some of what is around, in rows."""
    with Image.open(pictures / "astronaut.png") as astronaut:
        head = astronaut.convert("RGB").crop((120, 0, 330, 260)).resize((size, size * 26 // 21))
    with Image.open(pictures / "coffee.png") as coffee:
        crowd = coffee.convert("RGB").resize((WIDTH, HEIGHT))
    for row in range(rows):
        for column in range(columns):
            x = int((column + 0.5) * WIDTH / columns - head.width / 2)
            crowd.paste(head, (x, int((row + 0.5) * HEIGHT / rows - head.height / 2)))
    return np.asarray(crowd)


def test_a_crowd_is_found_by_a_second_look(pictures: Path, models_dir: Path) -> None:
    preview = group(pictures, 6, 11, 48)
    work = shrunk(preview, WORK_SIDE)
    detector = faces.detector(models_dir)
    assert 5 <= len(detector.detect(work)) < 50
    found = faces.find(detector, work, preview)
    assert 60 <= len(found) <= 66
    for face in found:
        for point in face["landmarks"]:
            assert face["box"]["left"] <= point["x"] <= face["box"]["left"] + face["box"]["width"]


class Told:
    """Finds what it is told, by the picture's width, and remembers the widths."""

    model = "told"

    def __init__(self, *, degraded: bool = False, **widths: list[dict[str, Any]]) -> None:
        self.degraded = degraded
        self._found = widths
        self.looked: list[int] = []

    def detect(self, work: np.ndarray) -> list[dict[str, Any]]:
        self.looked.append(work.shape[1])
        return self._found["small" if work.shape[1] == WORK_SIDE else "large"]


def row_of(count: int, pixels: float, confidence: float = 0.75) -> list[dict[str, Any]]:
    """Faces beside each other, so wide on the working copy."""
    side = pixels / WORK_SIDE
    return [
        {
            "box": {"left": 0.05 * number, "top": 0.1, "width": side, "height": side},
            "confidence": confidence,
        }
        for number in range(count)
    ]


HARDLY_LARGER = np.zeros((700, 900, 3), np.uint8)
FACE_OF_HEAD = 0.53
"""Of the cut's width, the face's."""
PREVIEW, WORK = np.zeros((960, 1280, 3), np.uint8), np.zeros((480, 640, 3), np.uint8)


@pytest.mark.parametrize(
    ("degraded", "detail", "looks"),
    [(False, PREVIEW, 2), (True, PREVIEW, 1), (False, WORK, 1), (False, HARDLY_LARGER, 1)],
    ids=["a large picture", "the cascade", "nothing larger", "hardly larger"],
)
def test_a_large_picture_is_looked_at_twice(degraded: bool, detail: np.ndarray, looks: int) -> None:
    told = Told(degraded=degraded, small=[], large=[])
    faces.find(told, WORK, detail)
    assert len(told.looked) == looks


@pytest.mark.parametrize(
    ("first", "confidence", "found"),
    [
        (row_of(0, 1), 0.79, 0),
        (row_of(0, 1), 0.8, 1),
        (row_of(4, 20), 0.79, 4),
        (row_of(5, 20), 0.79, 6),
        (row_of(5, 30), 0.79, 5),
    ],
    ids=["alone and unsure", "alone and sure", "too few", "a crowd", "large ones"],
)
def test_what_only_the_second_look_finds_is_sure_or_in_a_crowd(
    first: list[dict[str, Any]], confidence: float, found: int
) -> None:
    another = row_of(8, 20, confidence)[7:]
    told = Told(small=first, large=another)
    assert len(faces.find(told, WORK, PREVIEW)) == found


@pytest.mark.parametrize("size", [(3000, 4000), (1000, 8000), (4000, 3000)])
def test_a_face_of_two_and_a_half_percent_is_found(
    pictures: Path, models_dir: Path, size: tuple[int, int]
) -> None:
    height, width = size
    with Image.open(pictures / "astronaut.png") as astronaut:
        head = astronaut.convert("RGB").crop((120, 0, 330, 260))
    side = 0.025 * max(size) / FACE_OF_HEAD
    head = head.resize((round(side), round(side * 260 / 210)))
    with Image.open(pictures / "coffee.png") as coffee:
        photo = coffee.convert("RGB").resize((width, height))
    photo.paste(head, (width // 3, height // 3))
    detail = shrunk(np.asarray(photo), 1600)
    (face,) = faces.find(faces.detector(models_dir), shrunk(detail, WORK_SIDE), detail)
    assert face["box"]["left"] * width == pytest.approx(width // 3 + 0.26 * side, abs=0.2 * side)


def test_who_was_seen_in_both_looks_counts_once_and_who_was_seen_in_one_counts() -> None:
    told = Told(small=row_of(6, 20), large=row_of(8, 20)[2:])
    found = faces.find(told, WORK, PREVIEW)
    assert sorted(face["box"]["left"] for face in found) == pytest.approx(
        [0.05 * number for number in range(8)]
    )
