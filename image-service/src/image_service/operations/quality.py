"""Sharpness, brightness, contrast and clipping of a picture."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from image_service.picture.decode import Pixels, shrunk

MODEL = "laplacian-tiles-v1"
SIDE, TILES, SHARPEST, BLURRED_BELOW = 512, 4, 3, 100.0
DARKEST, BRIGHTEST = 2, 253


def quality(work: Pixels) -> dict[str, Any]:
    """`sharpness` is the mean of the three sharpest of 16 tiles' Laplacian variance: a sharp
    subject before a blurred background is sharp. Brightness, contrast (standard deviation)
    and `clipped` are shares of 1."""
    grey = np.asarray(cv2.cvtColor(shrunk(work, SIDE), cv2.COLOR_RGB2GRAY))
    edges = np.asarray(cv2.Laplacian(grey, cv2.CV_64F))
    tiles = [
        _deviation(tile) ** 2
        for row in np.array_split(edges, TILES, axis=0)
        for tile in np.array_split(row, TILES, axis=1)
        if tile.size
    ]
    sharpness = float(np.mean(sorted(tiles)[-SHARPEST:]))
    return {
        "sharpness": round(sharpness, 1),
        "blurred": sharpness < BLURRED_BELOW,
        "brightness": round(float(grey.mean()) / 255, 4),
        "contrast": round(_deviation(grey) / 255, 4),
        "clipped": round(float(np.mean((grey <= DARKEST) | (grey >= BRIGHTEST))), 4),
    }


def _deviation(values: NDArray[Any]) -> float:
    """The standard deviation, in one pass over the values."""
    return float(cv2.meanStdDev(values)[1][0, 0])
