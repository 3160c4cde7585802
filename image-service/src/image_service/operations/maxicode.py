"""Cuts a MaxiCode out, since zxing-cpp reads one only where nothing else is dark and it stands upright."""

from typing import Any

import cv2
import numpy as np

from image_service.picture.decode import Pixels

SIDES = (0.75, 1.34)
"""Height by width of what may be one: ISO/IEC 16023 says 26.5 by 28.1, and a region is not that exact."""
SIDE, EDGE = 300, 20
"""Pixels of the cut's sides, and of the white around it."""


def may_be(pixels: Pixels) -> bool:
    """Whether a region has a MaxiCode's shape."""
    least, most = SIDES
    return bool(least <= pixels.shape[0] / pixels.shape[1] <= most)


def cuts(pixels: Pixels) -> list[Pixels]:
    """A region in the four ways in which it may stand, black on white and nothing else; empty where nothing
    dark lies within it."""
    _, dark = cv2.threshold(pixels, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    inner = _without_border(np.asarray(dark, np.uint8))
    points = cv2.findNonZero(inner)
    if points is None:
        return []
    square = _upright(inner, cv2.minAreaRect(points))
    return [np.ascontiguousarray(np.rot90(square, turn)) for turn in range(4)]


def _without_border(dark: Pixels) -> Pixels:
    """What touches the region's border is something else."""
    _, shapes, found, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    height, width = dark.shape
    left, top = found[:, cv2.CC_STAT_LEFT], found[:, cv2.CC_STAT_TOP]
    right, bottom = left + found[:, cv2.CC_STAT_WIDTH], top + found[:, cv2.CC_STAT_HEIGHT]
    inside = (left > 0) & (top > 0) & (right < width) & (bottom < height)
    inside[0] = False  # the ground
    return np.where(inside[shapes], np.uint8(255), np.uint8(0))


def _upright(dark: Pixels, rectangle: Any) -> Pixels:
    corners = cv2.boxPoints(rectangle)  # clockwise
    corners = np.roll(corners, -int(np.argmin(corners.sum(axis=1))), axis=0)
    target = np.array([[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]], np.float32) + EDGE
    across = cv2.getPerspectiveTransform(corners, target)
    size = (SIDE + 2 * EDGE, SIDE + 2 * EDGE)
    return 255 - np.asarray(cv2.warpPerspective(dark, across, size), np.uint8)
