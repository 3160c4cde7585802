"""Where lines of text are in a picture of any length, in pixels of that picture.

The detector looks at 736 px at the most, so that a long picture is given to it in tiles. They overlap, and
what two of them show of one line is put together: no line is cut.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from rapidocr.ch_ppocr_det import TextDetector

from image_service.picture.decode import Pixels
from image_service.picture.loading import LONG
from image_service.text_reading.words import Corners

TILE, OVERLAP = 1280, 192
"""Pixels along the longer side: as much as an ordinary picture has, and room for lines as high as the text
of a large heading."""
SAME_LINE_ALONG, SAME_LINE_ACROSS = 0.5, 0.6
"""Of the smaller box, along the picture's longer side and across it, what boxes of one line share."""


@dataclass(frozen=True, eq=False)
class _Box:
    """`points`, of shape (n, 2): the corners of what one tile or several show of a line; `tile`: the last
    one's number."""

    points: Corners
    tile: int


def find_lines(find: Callable[[Pixels], Any], image: Pixels) -> list[Corners]:
    """The four corners of each line, of shape (4, 2), clockwise from the top left; lines from top to
    bottom, and from left to right in one row. `find` gives those of one tile, of shape (n, 4, 2), or
    None."""
    axis = 1 if image.shape[0] >= image.shape[1] else 0
    boxes: list[_Box] = []
    for number, (begin, tile) in enumerate(_tiles(image, axis)):
        found = find(tile)
        for points in () if found is None else np.asarray(found, np.float64):
            points[:, axis] += begin
            boxes = _united(boxes, _Box(points, number), axis)
    corners = np.array([_rectangle(box.points) for box in boxes])
    return list(TextDetector.sorted_boxes(corners))


def _tiles(image: Pixels, axis: int) -> Iterator[tuple[int, Pixels]]:
    """Where each begins along the longer side, and what it shows."""
    length, breadth = max(image.shape[:2]), min(image.shape[:2])
    if length < LONG * breadth or length <= TILE:
        yield 0, image
        return
    steps = -(-(length - TILE) // (TILE - OVERLAP))
    for begin in (round(step * (length - TILE) / steps) for step in range(steps + 1)):
        tile = image[begin : begin + TILE] if axis else image[:, begin : begin + TILE]
        yield begin, np.ascontiguousarray(tile)


def _united(boxes: list[_Box], new: _Box, axis: int) -> list[_Box]:
    """With those of the tile before that show the same line."""
    same = [
        box
        for box in boxes
        if box.tile == new.tile - 1 and _is_same_line(box.points, new.points, axis)
    ]
    points = np.concatenate([*(box.points for box in same), new.points])
    return [*(box for box in boxes if box not in same), _Box(points, new.tile)]


def _is_same_line(one: Corners, other: Corners, axis: int) -> bool:
    shared = np.minimum(one.max(axis=0), other.max(axis=0)) - np.maximum(
        one.min(axis=0), other.min(axis=0)
    )
    smaller = np.minimum(np.ptp(one, axis=0), np.ptp(other, axis=0))
    along = min(SAME_LINE_ALONG * smaller[axis], OVERLAP / 2)
    return bool(shared[axis] >= along and shared[1 - axis] >= SAME_LINE_ACROSS * smaller[1 - axis])


def _rectangle(points: Corners) -> Corners:
    """The corners as they are, or of the smallest rectangle around those of several boxes."""
    if len(points) == 4:  # noqa: PLR2004
        return points
    corners = cv2.boxPoints(cv2.minAreaRect(points.astype(np.float32))).astype(np.float64)
    around = corners - corners.mean(axis=0)
    clockwise = corners[np.argsort(np.arctan2(around[:, 1], around[:, 0]))]
    return np.roll(clockwise, -int(np.argmin(clockwise.sum(axis=1))), axis=0)
