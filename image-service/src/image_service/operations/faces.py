"""Faces: YuNet (Wu et al., 2023) where its model file is there, else OpenCV's Haar cascade.

Parameters and their recall and precision: docs/decisions/0003-local-engine.md. On the working copy (640 px)
a face is found from 4 % of the longer side on. In a large picture, whatever that look suspects, down to a score
of 0.05, is looked at more closely in a copy of 1600 px. A face that shows only there has to be surer, since 0.7
took gravel for one: of 40 faces each that are 2, 2.5 and 3 % as wide as a photo of 12 megapixels or a panorama
is long, 35, 38 and 39 are found, instead of 2, 5 and 13, for 10 ms of CPU besides 25. Where many and small faces are found the whole copy is searched: group pictures made of
copies of one face, found before and after, 27 and 28 of 28 that are 40 px wide on a copy of 1280 px, 41 and 45
of 45 (30 px), 20 and 66 of 66 (24 px).
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
SUSPECTED, SECOND_SCORE, SUSPECTS_AT_MOST = 0.05, 0.8, 24
CUT = 160
"""Pixels of the square that is looked at more closely. All are of one size, since OpenCV takes 25 ms to prepare
the network for another."""
SCANNED_PIXELS = 500_000
"""A larger copy of no more, as of a panorama, is searched as a whole: in its working copy nothing small shows."""
LARGER = 1.5
"""Times as long as the working copy: the least of a copy that is looked at as well."""
SAME = 0.3
LANDMARKS = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")
HAAR_FILE = "haarcascade_frontalface_alt.xml"
HAAR_SCALE, HAAR_NEIGHBOURS, HAAR_SIDE = 1.1, 5, 24


class Detector(Protocol):
    model: str
    degraded: bool

    def detect(self, work: Pixels, least: float) -> list[dict[str, Any]]:
        """Faces of that confidence and more, with boxes as fractions of the image, clamped to 0-1."""
        ...

    def detect_in_cut(self, cut: Pixels) -> list[dict[str, Any]]:
        """Sure faces of a square of 160 px."""
        ...


def detector(models_dir: Path | None) -> Detector:
    path = model_file(models_dir)
    return Haar() if path is None else YuNet(path)


def find(detector: Detector, work: Pixels, detail: Pixels) -> list[dict[str, Any]]:
    """Faces of a picture of which `work` is the smaller copy. The cascade looks once."""
    if detector.degraded or max(detail.shape) < LARGER * max(work.shape):
        return detector.detect(work, SCORE)
    seen = detector.detect(work, SUSPECTED)
    first = [face for face in seen if face["confidence"] >= SCORE]
    narrowest = min((face["box"]["width"] for face in first), default=1.0) * work.shape[1]
    is_crowd = len(first) >= MANY and narrowest < SMALL
    if is_crowd or detail.shape[0] * detail.shape[1] <= SCANNED_PIXELS:
        second = detector.detect(detail, SCORE if is_crowd else SECOND_SCORE)
        return second + [face for face in first if not _among(face, second)]
    suspects = sorted(
        (face for face in seen if face["confidence"] < SCORE), key=lambda face: -face["confidence"]
    )
    for suspect in suspects[:SUSPECTS_AT_MOST]:
        if not _among(suspect, first):
            closer = _look_closer(detector, detail, suspect["box"])
            first += [face for face in closer if not _among(face, first)]
    return first


def _look_closer(
    detector: Detector, detail: Pixels, around: dict[str, float]
) -> list[dict[str, Any]]:
    """Faces in a square of the larger copy, as fractions of all of it."""
    height, width = detail.shape[:2]
    side = min(CUT, height, width)
    left = _begin(around["left"] + around["width"] / 2, side, width)
    top = _begin(around["top"] + around["height"] / 2, side, height)
    part = detail[top : top + side, left : left + side]
    cut: Any = cv2.resize(part, (CUT, CUT), interpolation=cv2.INTER_AREA)
    return [
        _placed(face, (left / width, top / height), (side / width, side / height))
        for face in detector.detect_in_cut(cut)
    ]


def _begin(centre: float, side: int, length: int) -> int:
    """Where a stretch of `side` pixels begins that has its middle at a fraction of `length`, if it can."""
    return max(0, min(length - side, round(centre * length - side / 2)))


def _placed(
    face: dict[str, Any], origin: tuple[float, float], size: tuple[float, float]
) -> dict[str, Any]:
    """A face of a part of the picture that lies at `origin`, as fractions of the picture."""
    (left, top), (across, down) = origin, size
    inner = face["box"]
    begin_x, begin_y = left + inner["left"] * across, top + inner["top"] * down
    return {
        **face,
        "box": box(
            begin_x, begin_y, begin_x + inner["width"] * across, begin_y + inner["height"] * down
        ),
        "landmarks": [
            {
                "type": point["type"],
                "x": fraction(left + point["x"] * across),
                "y": fraction(top + point["y"] * down),
            }
            for point in face["landmarks"]
        ],
    }


def _among(face: dict[str, Any], others: list[dict[str, Any]]) -> bool:
    return any(common_share(face["box"], other["box"]) > SAME for other in others)


class YuNet:
    model, degraded = "yunet-2023mar", False

    def __init__(self, path: Path) -> None:
        self._net = _yunet(path, SUSPECTED)
        self._cut_net = _yunet(path, SECOND_SCORE)
        self._cut_net.setInputSize((CUT, CUT))

    def detect(self, work: Pixels, least: float) -> list[dict[str, Any]]:
        self._net.setInputSize((work.shape[1], work.shape[0]))
        return [face for face in _detected(self._net, work) if face["confidence"] >= least]

    def detect_in_cut(self, cut: Pixels) -> list[dict[str, Any]]:
        return _detected(self._cut_net, cut)


def _yunet(path: Path, least: float) -> cv2.FaceDetectorYN:
    return cv2.FaceDetectorYN.create(str(path), "", (320, 320), least, NMS, CANDIDATES)


def _detected(net: cv2.FaceDetectorYN, picture: Pixels) -> list[dict[str, Any]]:
    height, width = picture.shape[:2]
    _, found = net.detect(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
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

    def detect(self, work: Pixels, least: float) -> list[dict[str, Any]]:  # noqa: ARG002  # its own
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

    def detect_in_cut(self, _cut: Pixels) -> list[dict[str, Any]]:
        return []  # it looks once


def _box(row: Any, width: int, height: int) -> dict[str, float]:
    """`row` begins with left, top, width and height in pixels."""
    left, top, box_width, box_height = (float(value) for value in row[:4])
    right, bottom = left + box_width, top + box_height
    return box(left / width, top / height, right / width, bottom / height)
