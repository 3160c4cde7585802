"""Lines of long pictures: each is found once and whole, wherever the tiles meet."""

import numpy as np
import pytest

from image_service.text_reading.detection import OVERLAP, TILE, find_lines

Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


class Page:
    """Finds its lines in whatever is cut out of it, cut where the tile ends. The picture's values say where
    each pixel is."""

    def __init__(self, width: int, height: int, *lines: Box) -> None:
        self.lines = lines
        self.pixels = np.zeros((height, width, 3), np.int32)
        self.pixels[..., 0], self.pixels[..., 1] = np.mgrid[:height, :width]
        self.tiles: list[tuple[int, int]] = []

    def find(self, tile: np.ndarray) -> np.ndarray | None:
        top, left = (int(tile[0, 0, axis]) for axis in (0, 1))
        height, width = tile.shape[:2]
        self.tiles.append((width, height))
        found = []
        for line in self.lines:
            x0, y0 = max(line[0] - left, 0), max(line[1] - top, 0)
            x1, y1 = min(line[2] - left, width), min(line[3] - top, height)
            if x1 - x0 > 4 and y1 - y0 > 4:
                found.append([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        return np.array(found, np.float32) if found else None

    def found(self) -> list[Box]:
        boxes = find_lines(self.find, self.pixels)  # type: ignore[arg-type]  # 32 bits hold the places
        return [tuple(round(v) for v in (*box[0], *box[2])) for box in boxes]  # type: ignore[misc]


def test_an_ordinary_picture_is_one_tile() -> None:
    page = Page(1600, 1200, (10, 10, 300, 50))
    assert page.found() == [(10, 10, 300, 50)]
    assert page.tiles == [(1600, 1200)]


@pytest.mark.parametrize("step", [40, 61, 150])
def test_each_line_of_a_long_page_is_found_once(step: int) -> None:
    lines = [(40, top, 700, top + 36) for top in range(20, 5950, step)]
    page = Page(1080, 6000, *lines)
    assert page.found() == lines
    assert set(page.tiles) == {(1080, TILE)}


def test_lines_that_touch_each_other_stay_apart() -> None:
    """Boxes of the detector reach over their line, into the next."""
    lines = [(40, top, 700, top + 44) for top in range(20, 4900, 40)]
    assert Page(1080, 5000, *lines).found() == lines


def test_a_line_along_a_banner_is_put_together() -> None:
    lines = [
        (30, 40, 7900, 90),
        (30, 140, 1250, 190),
        (1300, 140, 2500, 190),
        (2600, 240, 7000, 400),
    ]
    page = Page(8000, 500, *lines)
    assert page.found() == lines
    assert len(page.tiles) == 8


def test_a_heading_as_high_as_the_overlap_is_whole() -> None:
    edge = (6000 - TILE) // 5 + TILE
    line = (10, edge - OVERLAP, 1000, edge + 40)
    assert Page(1080, 6000, line).found() == [line]


def test_a_line_that_leans_is_put_together() -> None:
    """By the smallest rectangle around what the tiles show of it."""
    page = Page(8000, 500)

    def leaning(tile: np.ndarray) -> np.ndarray:
        left, right = int(tile[0, 0, 1]), int(tile[0, -1, 1])
        return np.array([[(x - left, y + x * 0.01) for x, y in corners(left, right)]], np.float32)

    def corners(left: int, right: int) -> list[tuple[int, int]]:
        return [(left, 100), (right, 100), (right, 140), (left, 140)]

    (box,) = find_lines(leaning, page.pixels)  # type: ignore[arg-type]
    top_left, top_right, bottom_right, bottom_left = box
    assert top_left == pytest.approx((0, 100), abs=3)
    assert top_right == pytest.approx((8000, 180), abs=3)
    assert bottom_right == pytest.approx((8000, 220), abs=3)
    assert bottom_left == pytest.approx((0, 140), abs=3)


def test_nothing_is_found_where_nothing_is() -> None:
    assert Page(1080, 6000).found() == []
