"""The six main colours: k-means in CIELAB on a small copy, seeded, so that it repeats itself."""

from functools import cache
from typing import Any

import cv2
import numpy as np
import webcolors
from numpy.typing import NDArray

from image_service.picture.decode import Pixels, shrunk

MODEL = "lab-kmeans-v1"
COLOURS, SIDE, ROUNDS, SEED = 6, 96, 20, 1


def colors(work: Pixels, visible: NDArray[np.bool_] | None = None) -> list[dict[str, Any]]:
    """Largest share first; names are the nearest CSS ones in CIELAB. `visible`, of shape (height, width): the
    pixels that count, all without it; none gives no colours."""
    points = _points(work, visible)
    if not len(points):
        return []
    if len(points) == 1:
        points = points.repeat(2, axis=0)  # OpenCV takes a single point for three numbers
    wanted = _distinct(points, COLOURS)
    cv2.setRNGSeed(SEED)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, ROUNDS, 0.5)
    start: Any = None
    _, labels, centres = cv2.kmeans(points, wanted, start, stop, 1, cv2.KMEANS_PP_CENTERS)
    shares = np.bincount(labels.ravel(), minlength=wanted) / len(points)
    rgb = np.rint(cv2.cvtColor(centres[None, :, :], cv2.COLOR_Lab2RGB)[0] * 255).astype(int)
    order = np.argsort(-shares, kind="stable")
    return [
        {
            "hex": "#{:02x}{:02x}{:02x}".format(*rgb[index]),
            "name": _nearest_name(centres[index]),
            "fraction": round(float(shares[index]), 4),
        }
        for index in order
    ]


def _distinct(points: NDArray[np.float32], at_most: int) -> int:
    """How many different ones there are, counted no further than `at_most`: to sort them all took longer than to find
    the colours."""
    found = 0
    while len(points) and found < at_most:
        found += 1
        first, second, third = points[0]
        other = (points[:, 0] != first) | (points[:, 1] != second) | (points[:, 2] != third)
        points = points[other]
    return found


def _points(work: Pixels, visible: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    """In CIELAB, shape (n, 3). A small pixel counts where it is visible as a whole; where none is, as of thin
    lines, those of the working copy count, evenly thinned out to as many."""
    small = shrunk(work, SIDE)
    if visible is None:
        return _lab(small).reshape(-1, 3)
    seen = shrunk(visible.astype(np.uint8) * 255, SIDE) == 255  # noqa: PLR2004
    if seen.any() or not visible.any():
        return np.asarray(_lab(small)[seen])
    pixels = work[visible]
    return np.asarray(_lab(pixels[None, :: max(1, len(pixels) // SIDE**2)])[0])


def _lab(pixels: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2Lab))


def _nearest_name(centre: NDArray[Any]) -> str:
    names, points = _css()
    return names[int(np.argmin(np.linalg.norm(points - centre, axis=1)))]


@cache
def _css() -> tuple[list[str], NDArray[np.float32]]:
    names = sorted(webcolors.names(webcolors.CSS3))
    rgb = np.array([[webcolors.name_to_rgb(name) for name in names]], dtype=np.float32)
    return names, _lab(rgb)[0]
