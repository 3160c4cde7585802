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
    assert 5 <= len(detector.detect(work, faces.SCORE)) < 50
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

    def detect(self, work: np.ndarray, least: float) -> list[dict[str, Any]]:
        self.looked.append(work.shape[1])
        found = self._found["small" if work.shape[1] == WORK_SIDE else "large"]
        return [face for face in found if face["confidence"] >= least]

    def detect_in_cut(self, cut: np.ndarray) -> list[dict[str, Any]]:
        self.looked.append(cut.shape[1])
        return self._found["cut"]


def row_of(count: int, pixels: float, confidence: float = 0.75) -> list[dict[str, Any]]:
    """Faces beside each other, so wide on the working copy."""
    side = pixels / WORK_SIDE
    return [
        {
            "box": {"left": 0.05 * number, "top": 0.1, "width": side, "height": side},
            "confidence": confidence,
            "landmarks": [],
        }
        for number in range(count)
    ]


PANORAMA = np.zeros((200, 1600, 3), np.uint8)
HARDLY_LARGER = np.zeros((700, 900, 3), np.uint8)
FACE_OF_HEAD = 0.53
"""Of the cut's width, the face's."""
PREVIEW, WORK = np.zeros((960, 1280, 3), np.uint8), np.zeros((480, 640, 3), np.uint8)


@pytest.mark.parametrize(
    ("degraded", "detail", "looks"),
    [
        (False, PREVIEW, [WORK_SIDE]),
        (False, PANORAMA, [WORK_SIDE, 1600]),
        (True, PANORAMA, [WORK_SIDE]),
        (False, WORK, [WORK_SIDE]),
        (False, HARDLY_LARGER, [WORK_SIDE]),
    ],
    ids=["nothing suspected", "a panorama", "the cascade", "nothing larger", "hardly larger"],
)
def test_what_is_looked_at(degraded: bool, detail: np.ndarray, looks: list[int]) -> None:
    told = Told(degraded=degraded, small=[], large=[])
    faces.find(told, WORK, detail)
    assert told.looked == looks


def test_what_is_suspected_is_looked_at_more_closely() -> None:
    (suspect,) = row_of(1, 20, 0.1)
    suspect["box"].update(left=0.5, top=0.5)
    side = 0.25
    (inner,) = row_of(1, side * WORK_SIDE, 0.9)
    inner["box"].update(left=0.25, top=0.5)
    told = Told(small=[suspect], large=[], cut=[inner])
    (face,) = faces.find(told, WORK, PREVIEW)
    assert told.looked == [WORK_SIDE, faces.CUT]
    middle = 0.5 + suspect["box"]["width"] / 2
    left = middle - faces.CUT / 2 / 1280 + 0.25 * faces.CUT / 1280
    assert face["box"]["left"] == pytest.approx(left, abs=0.001)
    assert face["box"]["width"] == pytest.approx(side * faces.CUT / 1280, abs=0.001)
    assert face["box"]["height"] == pytest.approx(side * faces.CUT / 960, abs=0.001)


def test_no_more_than_two_dozen_are_looked_at_more_closely() -> None:
    told = Told(small=row_of(100, 1, 0.1), large=[], cut=[])
    assert faces.find(told, WORK, PREVIEW) == []
    assert told.looked == [WORK_SIDE, *[faces.CUT] * 24]


def test_a_face_that_is_sure_is_not_looked_for_again() -> None:
    told = Told(small=[*row_of(1, 60, 0.9), *row_of(1, 58, 0.2)], large=[], cut=row_of(1, 60))
    assert len(faces.find(told, WORK, PREVIEW)) == 1
    assert told.looked == [WORK_SIDE]


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
def test_what_only_the_search_of_a_panorama_finds_is_sure_or_in_a_crowd(
    first: list[dict[str, Any]], confidence: float, found: int
) -> None:
    another = row_of(8, 20, confidence)[7:]
    told = Told(small=first, large=another)
    assert len(faces.find(told, WORK, PANORAMA)) == found


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
