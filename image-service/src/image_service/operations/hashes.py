"""Perceptual hashes: copies of a picture differ in at most 10 of the 64 bits of the pHash."""

import cv2
import numpy as np
from numpy.typing import NDArray

from image_service.picture.decode import Pixels

MODEL = "phash-dct64-v1"
SIDE, LOW = 32, 8


def hashes(work: Pixels) -> dict[str, str]:
    """16 hex digits each: the DCT's low frequencies against their median (pHash), and rising
    brightness along rows (dHash)."""
    grey = np.asarray(cv2.cvtColor(work, cv2.COLOR_RGB2GRAY))
    square = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    frequencies = np.asarray(cv2.dct(square))[:LOW, :LOW]
    rows = np.asarray(cv2.resize(grey, (LOW + 1, LOW), interpolation=cv2.INTER_AREA))
    return {
        "phash": _hex(frequencies > np.median(frequencies)),
        "dhash": _hex(rows[:, 1:] > rows[:, :-1]),
        "algorithm": MODEL,
    }


def _hex(bits: NDArray[np.bool_]) -> str:
    return np.packbits(bits.ravel()).tobytes().hex()
