"""Faces: YuNet (Wu et al., 2023) where its model file is there, else OpenCV's Haar cascade.

Parameters and their recall and precision: docs/decisions/0003-local-engine.md. On the working copy (640 px)
a face is found from 4 % of the longer side on. A large picture is looked at once more, in a copy of 1600 px:
of 40 faces each that were 2, 2.5 and 3 % as wide as a photo of 12 megapixels, 36, 40 and 40 are found,
instead of 2, 5 and 13; none falsely. What only the second look finds has to be surer, since there 0.7 took
gravel and a motorcycle for a face; but not where the first finds many and small faces: group pictures
made of copies of one face, found before and after, 27 and 28 of 28 that are 40 px wide on a copy of
1280 px, 41 and 45 of 45 (30 px), 20 and 66 of 66 (24 px).
"""

import math
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from image_service.operations.face_model import model_file
from image_service.picture.decode import Pixels
from image_service.picture.geometry import box, common_share, fraction

SCORE, NMS, CANDIDATES = 0.7, 0.3, 5000
MANY, SMALL = 5, 24.0
"""Faces, and pixels of the narrowest one's width on the working copy, that tell of a crowd."""
SECOND_SCORE = 0.8
LARGER = 1.5
"""Times as long as the working copy: the least that is looked at as well."""
SAME = 0.3
LANDMARKS = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")
HAAR_FILE = "haarcascade_frontalface_alt.xml"
HAAR_SCALE, HAAR_NEIGHBOURS, HAAR_SIDE = 1.1, 5, 24


class Detector(Protocol):
    model: str
    degraded: bool

    def detect(self, work: Pixels) -> list[dict[str, Any]]:
        """Faces with boxes as fractions of the image, clamped to 0-1."""
        ...


def detector(models_dir: Path | None) -> Detector:
    path = model_file(models_dir)
    return Haar() if path is None else YuNet(path)


def find(detector: Detector, work: Pixels, detail: Pixels) -> list[dict[str, Any]]:
    """Faces of a picture of which `work` is the smaller copy. The cascade looks once."""
    first = detector.detect(work)
    if detector.degraded or max(detail.shape) < LARGER * max(work.shape):
        return first
    narrowest = min((face["box"]["width"] for face in first), default=1.0) * work.shape[1]
    least = SCORE if len(first) >= MANY and narrowest < SMALL else SECOND_SCORE
    second = [
        face
        for face in detector.detect(detail)
        if face["confidence"] >= least or _among(face, first)
    ]
    return second + [face for face in first if not _among(face, second)]


def _among(face: dict[str, Any], others: list[dict[str, Any]]) -> bool:
    return any(common_share(face["box"], other["box"]) > SAME for other in others)


class YuNet:
    model, degraded = "yunet-2023mar", False

    def __init__(self, path: Path) -> None:
        self._net = cv2.FaceDetectorYN.create(str(path), "", (320, 320), SCORE, NMS, CANDIDATES)

    def detect(self, work: Pixels) -> list[dict[str, Any]]:
        height, width = work.shape[:2]
        self._net.setInputSize((width, height))
        _, found = self._net.detect(cv2.cvtColor(work, cv2.COLOR_RGB2BGR))
        return [_yunet_face(row, width, height) for row in (() if found is None else found)]


def _yunet_face(row: Any, width: int, height: int) -> dict[str, Any]:
    points = np.asarray(row[4:14], dtype=float).reshape(5, 2) / (width, height)
    return {
        "box": _box(row, width, height),
        "confidence": round(min(1.0, float(row[14])), 4),
        "landmarks": [
            {"type": kind, "x": fraction(x), "y": fraction(y)}
            for kind, (x, y) in zip(LANDMARKS, points, strict=True)
        ],
    }


class Haar:
    """No landmarks; the confidence is the cascade's level weight through a logistic curve."""

    model, degraded = "haar-frontalface-alt", True

    def __init__(self) -> None:
        self._cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / HAAR_FILE))

    def detect(self, work: Pixels) -> list[dict[str, Any]]:
        height, width = work.shape[:2]
        boxes, _, weights = self._cascade.detectMultiScale3(
            cv2.cvtColor(work, cv2.COLOR_RGB2GRAY),
            HAAR_SCALE,
            HAAR_NEIGHBOURS,
            minSize=(HAAR_SIDE, HAAR_SIDE),
            outputRejectLevels=True,
        )
        return [
            {
                "box": _box(row, width, height),
                "confidence": round(1 / (1 + math.exp(-float(weight))), 4),
                "landmarks": [],
            }
            for row, weight in zip(boxes, np.ravel(weights), strict=True)
        ]


def _box(row: Any, width: int, height: int) -> dict[str, float]:
    """`row` begins with left, top, width and height in pixels."""
    left, top, box_width, box_height = (float(value) for value in row[:4])
    right, bottom = left + box_width, top + box_height
    return box(left / width, top / height, right / width, bottom / height)
