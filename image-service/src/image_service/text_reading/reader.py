"""Printed text, line by line and word by word: PP-OCRv6's small models by way of RapidOCR.

Importing this takes a second: the fork server of the text pool does, and no other. What the
parameters are worth: docs/decisions/0012-text-has-a-queue-of-its-own.md.
"""

import time
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from rapidocr import RapidOCR
from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError
from rapidocr.utils.process_img import get_rotate_crop_image

from image_service.operations import onnx_runtime
from image_service.picture.decode import Pixels
from image_service.picture.geometry import box, fraction
from image_service.text_reading.detection import find_lines
from image_service.text_reading.lines import Line, in_reading_order, lines
from image_service.text_reading.recognition import Reading, Recogniser
from image_service.text_reading.words import Corners, words

CONFIDENCE = 0.75
READ_FOR_S = 20.0
"""Seconds in which lines are read. Those that are left then are left out: an instance has 30 for all."""
MARGIN = 2
"""Pixels around a line, from which its edges are interpolated."""
WIDE_BOX = 2.0
"""What is so many times as wide as high is a line of text, even where no character is recognised."""
PARAMETERS = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "Det.limit_side_len": 736,
    "Det.limit_type": "max",
    "Rec.rec_batch_num": 1,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


@dataclass(frozen=True)
class Found:
    """`lines`: with their words, boxes and polygons as fractions of the image, clamped to 0-1, in reading
    order. `unread`: how many lines were seen and left out: their script is none that the model knows, they
    are not sharp enough, or the time was over."""

    lines: list[dict[str, Any]]
    unread: int


class Reader:
    """Makes its sessions when it is prepared, so that each child of a fork has its own."""

    model = "ppocrv6-small"

    def __init__(self) -> None:
        self._engine = RapidOCR(params=PARAMETERS)
        self._recogniser: Recogniser | None = None

    def prepare(self) -> None:
        """Reads something once, since the sessions are made by whoever needs them first. Raises
        MemoryError."""
        if self._recogniser is None:
            page = np.full((96, 320, 3), 255, np.uint8)
            cv2.putText(page, "text", (40, 64), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (0, 0, 0), 4)
            self.read(page)

    def read(self, image: Pixels) -> Found:
        """`image`: in RGB. Raises MemoryError."""
        height, width = image.shape[:2]
        with onnx_runtime.memory_errors(ONNXRuntimeError):
            found, unread = self._lines(image)
        size = np.array([width, height], np.float64)
        return Found([_line(line, size) for line in in_reading_order(lines(found))], unread)

    def _lines(self, image: Pixels) -> tuple[list[Line], int]:
        until = time.monotonic() + READ_FOR_S
        boxes = find_lines(self._boxes, image)
        crops = [_crop(image, corners) for corners in boxes]
        read = []
        for crop in crops:
            if time.monotonic() > until:
                break
            read.append(self._model().read_either_way(crop))
        if _is_upside_down(read):
            read = [self._turned(crop, reading) for crop, reading in zip(crops, read, strict=False)]
        found, unread = [], len(crops) - len(read)
        for reading, crop, corners in zip(read, crops, boxes, strict=False):
            if reading.is_legible and reading.confidence >= CONFIDENCE:
                found.append(_found(reading, corners))
            else:
                unread += crop.shape[1] >= WIDE_BOX * crop.shape[0]
        return found, unread

    def _boxes(self, image: Pixels) -> Any:
        found: Any = self._engine(_bgr(image), use_cls=False, use_rec=False)
        return found.boxes

    def _turned(self, crop: Pixels, reading: Reading) -> Reading:
        """On a page that is upside down: a word like NOON is one either way."""
        if reading.is_turned or not reading.signs:
            return reading
        turned = self._model().read(crop, is_turned=True)
        return turned if turned.is_certain else reading

    def _model(self) -> Recogniser:
        if self._recogniser is None:
            self._engine.recognize_txt([np.full((48, 160, 3), 255, np.uint8)])
            assert self._engine.text_rec is not None, "it was needed a line above"
            self._recogniser = Recogniser(self._engine.text_rec)
        return self._recogniser


def _bgr(image: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), np.uint8)


def _crop(image: Pixels, corners: Corners) -> Pixels:
    """A line in BGR, upright, or on its side where it is tall. Cut out first: OpenCV takes no picture of
    32,768 pixels and more."""
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - MARGIN, 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + MARGIN
    part = _bgr(np.ascontiguousarray(image[top:bottom, left:right]))
    line = get_rotate_crop_image(part, (corners - (left, top)).astype(np.float32))
    return np.ascontiguousarray(line)


def _is_upside_down(read: list[Reading]) -> bool:
    """By most characters of the lines that are certain."""
    certain = [reading for reading in read if reading.is_certain]
    turned = sum(len(reading.signs) for reading in certain if reading.is_turned)
    return 2 * turned > sum(len(reading.signs) for reading in certain)


def _found(reading: Reading, corners: Corners) -> Line:
    parts = words(
        reading.text,
        [sign.first for sign in reading.signs if not sign.character.isspace()],
        [sign.confidence for sign in reading.signs],
        reading.columns,
        np.roll(corners, 2, axis=0) if reading.is_turned else corners,
    )
    return Line(reading.text, reading.confidence, corners, tuple(parts), reading.is_turned)


def _line(line: Line, size: Corners) -> dict[str, Any]:
    return {
        **_shape(line.text, line.confidence, line.corners / size),
        "kind": "line",
        "words": [_shape(word.text, word.confidence, word.corners / size) for word in line.words],
    }


def _shape(text: str, confidence: float, corners: Corners) -> dict[str, Any]:
    return {
        "text": text,
        "confidence": round(min(1.0, confidence), 4),
        "box": box(*corners.min(axis=0), *corners.max(axis=0)),
        "polygon": [{"x": fraction(x), "y": fraction(y)} for x, y in corners],
    }
