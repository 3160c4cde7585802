"""Printed text, line by line and word by word: PP-OCRv6's small models by way of RapidOCR.

Importing this takes a second: the fork server of the text pool does, and no other. What the
parameters are worth: docs/decisions/0012-text-has-a-queue-of-its-own.md.
"""

from itertools import chain
from typing import Any

import cv2
import numpy as np
from rapidocr import RapidOCR
from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError

from image_service.operations import onnx_runtime
from image_service.picture.decode import Pixels
from image_service.picture.geometry import box, fraction
from image_service.text_reading.lines import Line, lines
from image_service.text_reading.words import Corners, words

PARAMETERS = {
    "Global.log_level": "error",
    "Global.text_score": 0.6,
    "Global.return_word_box": True,
    "Global.use_cls": False,
    "Det.limit_side_len": 736,
    "Det.limit_type": "max",
    "Rec.rec_batch_num": 1,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


class _Engine(RapidOCR):
    """RapidOCR, but for how it makes words of what it recognised."""

    def calc_word_boxes(self, img: Any, dt_boxes: Any, rec_res: Any) -> Any:  # noqa: ARG002
        """A list of words for each line; `dt_boxes` are in pixels of the image."""
        return tuple(
            words(text, [*chain(*read.word_cols)], read.confs, read.line_txt_len, corners)
            for text, read, corners in zip(
                rec_res.txts, rec_res.word_results, dt_boxes, strict=True
            )
        )


class Reader:
    """Makes its sessions when it is prepared, so that each child of a fork has its own."""

    model = "ppocrv6-small"

    def __init__(self) -> None:
        self._engine = _Engine(params=PARAMETERS)
        self._is_prepared = False

    def prepare(self) -> None:
        """Reads something once, since the sessions are made by whoever needs them first. Raises
        MemoryError."""
        if not self._is_prepared:
            page = np.full((96, 320, 3), 255, np.uint8)
            cv2.putText(page, "text", (40, 64), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (0, 0, 0), 4)
            self._is_prepared = bool(self.read(page))

    def read(self, image: Pixels) -> list[dict[str, Any]]:
        """Lines from top to bottom with their words, in RGB; boxes and polygons as fractions of the
        image, clamped to 0-1. Raises MemoryError."""
        height, width = image.shape[:2]
        with onnx_runtime.memory_errors(ONNXRuntimeError):
            found: Any = self._engine(np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR)))
        if not found.txts:
            return []
        size = np.array([width, height], np.float64)
        read = zip(found.txts, found.scores, found.boxes, found.word_results, strict=True)
        return [
            _line(line, size)
            for line in lines(
                [
                    Line(text, score, np.asarray(corners, np.float64), tuple(parts))
                    for text, score, corners, parts in read
                ]
            )
        ]


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
