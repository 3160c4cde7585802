"""Where in a picture a code may be that the search of the whole picture has missed.

zxing-cpp looks along rows and columns: it misses bars that lie aslant, bars under uneven light, bright
bars on a dark ground, PDF417 that is turned and MaxiCode that does not fill the picture. Such places are
dense with edges and have a rectangle's outline. Each is cut out upright and large enough to be read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from image_service.picture.decode import Pixels, shrunk

SEARCH_SIDE = 768
"""Pixels of the copy that is searched."""
GAPS = (0.01, 0.025, 0.08)
"""Widths of the gaps between a code's edges that are closed, as shares of the picture's longer side."""
SMALLEST, FULL = 16, 0.55
"""Pixels of a region's shorter side on that copy; the share of its rectangle that it fills."""
EDGES_AT_LEAST = 0.2
"""Of the strongest edges' mean."""
MARGIN, MARGIN_PIXELS = 0.06, 4
"""What is cut out around a region: a share of its longer side, and pixels of that copy."""
CUT_SIDE = (500, 1400)
"""Pixels of a cut's longer side."""
LARGER, REGIONS = 4.0, 8
"""How much a small region is enlarged; how many regions are looked at."""


@dataclass(frozen=True)
class Region:
    """`pixels`: the region set upright, grey; `back`: the affine map, 2 x 3, from its pixels to those of
    the picture."""

    pixels: Pixels
    back: NDArray[np.float64]

    def places(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points of the picture, shape (n, 2), from points of the region."""
        return np.asarray(points @ self.back[:, :2].T + self.back[:, 2])


def regions(grey: Pixels) -> Iterator[Region]:
    """The largest first. `grey` is the whole picture."""
    small = shrunk(grey, SEARCH_SIDE)
    scale = max(grey.shape) / max(small.shape)
    for rectangle in _rectangles(small):
        yield _cut(grey, rectangle, scale)


def _rectangles(small: Pixels) -> list[Any]:
    """As OpenCV's minAreaRect gives them: centre, size, angle in degrees."""
    edges = cv2.boxFilter(_edges(small), -1, (5, 5))
    strongest = float(np.percentile(edges, 99))
    dense = (edges > EDGES_AT_LEAST * strongest).astype(np.uint8)
    found: list[Any] = []
    for share in GAPS:
        gap = max(3, round(share * max(small.shape)))
        closed = cv2.morphologyEx(dense, cv2.MORPH_CLOSE, np.ones((gap, gap), np.uint8))
        opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((gap, gap), np.uint8))
        outlines, _ = cv2.findContours(opened, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for outline in outlines:
            rectangle = cv2.minAreaRect(outline)
            width, height = rectangle[1]
            if min(width, height) < SMALLEST or cv2.contourArea(outline) < FULL * width * height:
                continue
            if not any(_same(rectangle, other) for other in found):
                found.append(rectangle)
    return sorted(found, key=lambda one: -float(one[1][0] * one[1][1]))[:REGIONS]


def _edges(small: Pixels) -> Any:
    """The gradient's size, as float32, of the picture's shape."""
    across = cv2.Sobel(small, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(small, cv2.CV_32F, 0, 1)
    return cv2.magnitude(across, down)


def _same(one: Any, other: Any) -> bool:
    near = np.hypot(one[0][0] - other[0][0], one[0][1] - other[0][1]) < SMALLEST / 2
    return bool(near and abs(max(one[1]) - max(other[1])) < SMALLEST / 2)


def _cut(grey: Pixels, rectangle: Any, scale: float) -> Region:
    """The rectangle's longer side lies along the cut's rows. What lies beyond the picture repeats its edge."""
    (x, y), (width, height), angle = rectangle
    if width < height:
        width, height, angle = height, width, angle + 90
    margin = MARGIN * width + MARGIN_PIXELS
    wide, high = (width + 2 * margin) * scale, (height + 2 * margin) * scale
    least, most = CUT_SIDE
    zoom = min(max(1.0, least / wide), LARGER, most / wide)
    turn = np.deg2rad(angle)
    along = np.array([np.cos(turn), np.sin(turn)]) / zoom
    down = np.array([-np.sin(turn), np.cos(turn)]) / zoom
    size = (max(1, round(wide * zoom)), max(1, round(high * zoom)))
    corner = np.array([x, y]) * scale - along * size[0] / 2 - down * size[1] / 2
    back = np.column_stack([along, down, corner])
    flags = cv2.WARP_INVERSE_MAP | (cv2.INTER_CUBIC if zoom >= 1 else cv2.INTER_AREA)
    pixels = cv2.warpAffine(grey, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Region(np.asarray(pixels, np.uint8), back)
