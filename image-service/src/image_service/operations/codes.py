"""QR codes, by OpenCV's detector (cv2.QRCodeDetector) on the preview: at 640 px it loses small ones.

25 ms of CPU at 1280 px where there is none, 75 ms for two.
"""

from typing import Any

import cv2
import numpy as np

from image_service.picture.decode import Pixels
from image_service.picture.geometry import fraction

MODEL = "opencv-qr-v1"


def codes(preview: Pixels, detector: Any = None) -> list[dict[str, Any]]:
    """From top to bottom; `polygon` are the code's four corners as fractions of the image. A code
    that is seen and cannot be read is left out. Raises cv2.error for want of memory alone."""
    height, width = preview.shape[:2]
    grey = np.asarray(cv2.cvtColor(preview, cv2.COLOR_RGB2GRAY))
    try:
        _, texts, corners, _ = (detector or cv2.QRCodeDetector()).detectAndDecodeBytesMulti(grey)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise
        return []  # its assertions fail on some patterns that are no code: nothing was found then
    found = [
        {
            "kind": "qr",
            "text": _text(text),
            "polygon": [{"x": fraction(x), "y": fraction(y)} for x, y in points / (width, height)],
        }
        for text, points in zip(texts, () if corners is None else corners, strict=False)
        if text
    ]
    return sorted(found, key=_place)


def _text(content: bytes) -> str:
    """What is no UTF-8 is ISO 8859-1, the standard's default (ISO/IEC 18004)."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _place(code: dict[str, Any]) -> tuple[float, float]:
    first = code["polygon"][0]
    return first["y"], first["x"]
