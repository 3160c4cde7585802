"""Printed text, line by line: PP-OCRv6's small models by way of RapidOCR.

Importing this takes a second: the fork server of the text pool does, and no other. What the
parameters are worth: docs/decisions/0012-text-has-a-queue-of-its-own.md.
"""

from typing import Any

import cv2
import numpy as np
from rapidocr import RapidOCR
from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError

from image_service.decode import Pixels
from image_service.operations import runtime
from image_service.operations.geometry import box, fraction

PARAMETERS = {
    "Global.log_level": "error",
    "Global.use_cls": False,
    "Det.limit_side_len": 736,
    "Det.limit_type": "max",
    "Rec.rec_batch_num": 1,
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


class Reader:
    """Makes its sessions for the first picture, so that each child of a fork has its own."""

    model = "ppocrv6-small"

    def __init__(self) -> None:
        self._engine = RapidOCR(params=PARAMETERS)

    def read(self, image: Pixels) -> list[dict[str, Any]]:
        """Lines from top to bottom, in RGB, with boxes and polygons as fractions of the image,
        clamped to 0-1. Raises MemoryError."""
        height, width = image.shape[:2]
        with runtime.memory_errors(ONNXRuntimeError):
            found: Any = self._engine(np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2BGR)))
        if not found.txts:
            return []
        return [
            _line(text, score, points / (width, height))
            for text, score, points in zip(found.txts, found.scores, found.boxes, strict=True)
        ]


def _line(text: str, score: float, corners: Any) -> dict[str, Any]:
    return {
        "text": text,
        "kind": "line",
        "confidence": round(min(1.0, float(score)), 4),
        "box": box(*corners.min(axis=0), *corners.max(axis=0)),
        "polygon": [{"x": fraction(x), "y": fraction(y)} for x, y in corners],
    }
