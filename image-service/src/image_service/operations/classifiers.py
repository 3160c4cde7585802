"""Runs the classifiers that `label_folders` describes. In a child, never before the fork."""

from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from image_service.decode import Pixels
from image_service.label_folders import Described, Input, Unusable
from image_service.operations import runtime

MOST, LEAST = 5, 0.05
"""So many labels of a model at the most, each at least so certain."""
COLOURS = 3
CANNOT_RUN: tuple[type[Exception], ...] = (*runtime.ERRORS, MemoryError)


class Classifier:
    """Raises Unusable where the model cannot be loaded, or takes or gives another shape than its
    folder says: it is run once."""

    def __init__(self, described: Described) -> None:
        self._described = described
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # fatal: the reason is in the error
        try:
            self._session = onnxruntime.InferenceSession(
                str(described.path), options, providers=runtime.PROVIDERS
            )
            self._name = self._input()
            given = self._run(np.zeros((*described.input.size, COLOURS), np.uint8))
        except CANNOT_RUN as error:
            raise Unusable(f"its model cannot be run ({type(error).__name__})") from error
        if given.shape != (1, len(described.labels)) or given.dtype != np.float32:
            raise Unusable(f"its model gives {_shape(given)} for {len(described.labels)} labels")

    def classify(self, work: Pixels) -> list[dict[str, Any]]:
        """Most certain first, in RGB. Raises MemoryError."""
        with runtime.memory_errors():
            scores = self._run(prepared(work, self._described.input))[0].astype(np.float64)
        sure = _softmax(scores) if self._described.exclusive else 1 / (1 + np.exp(-scores))
        return [
            {
                "name": self._described.labels[number],
                "confidence": round(float(sure[number]), 4),
                "source": "model",
            }
            for number in np.argsort(-sure, kind="stable")[:MOST]
            if sure[number] >= LEAST
        ]

    def _input(self) -> str:
        """Its name. A side that is no number may have any length."""
        inputs = self._session.get_inputs()
        height, width = self._described.input.size
        if len(inputs) != 1 or inputs[0].type != "tensor(float)":
            raise Unusable("its model does not take one input of float32")
        fits = len(inputs[0].shape) == COLOURS + 1 and all(
            not isinstance(side, int) or side == wanted
            for side, wanted in zip(inputs[0].shape, (1, COLOURS, height, width), strict=True)
        )
        if not fits:
            raise Unusable(f"its model does not take (1, 3, {height}, {width})")
        return str(inputs[0].name)

    def _run(self, pixels: Pixels) -> NDArray[Any]:
        how = self._described.input
        mean, deviation = np.array(how.mean, np.float32), np.array(how.std, np.float32)
        scaled = (pixels * np.float32(how.factor) - mean) / deviation
        batch = np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], dtype=np.float32)
        return np.asarray(self._session.run(None, {self._name: batch})[0])


def prepared(work: Pixels, how: Input) -> Pixels:
    """`how.size` of pixels, scaled and cut as it says."""
    height, width = how.size
    if how.shortest is None:
        return _resized(work, height, width)
    scale = how.shortest / min(work.shape[:2])
    tall, wide = (max(1, round(side * scale)) for side in work.shape[:2])
    # At least what is cut out, and no more of a very long picture's ends than that can use.
    top, left = max(0, tall - height) / 2 / tall, max(0, wide - width) / 2 / wide
    rows, columns = work.shape[:2]
    first, begin = int(top * rows), int(left * columns)
    middle = work[first : max(first + 1, rows - first), begin : max(begin + 1, columns - begin)]
    return _resized(middle, height, width)


def _resized(pixels: Pixels, height: int, width: int) -> Pixels:
    smaller = pixels.shape[0] >= height and pixels.shape[1] >= width
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=how), dtype=np.uint8)


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


def _shape(given: NDArray[Any]) -> str:
    return f"{given.dtype} {given.shape}"
