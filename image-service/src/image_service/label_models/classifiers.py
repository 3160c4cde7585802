"""Runs the classifiers that `folders` describes, in a child, never before the fork."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from image_service.label_models.folders import Input, LabelModel, UnusableModel
from image_service.label_models.sessions import Session, shape
from image_service.operations import onnx_runtime
from image_service.picture.decode import Pixels

MOST = 5
"""Labels of a model for one picture."""


class Classifier:
    """Raises UnusableModel where the model cannot be loaded, or takes or gives another shape than its
    folder says: it is run once."""

    def __init__(self, described: LabelModel) -> None:
        self._described = described
        self._session = Session(described)
        given = self._session.trial()[0]
        if given.shape != (1, len(described.labels)) or given.dtype != np.float32:
            raise UnusableModel(
                f"its model gives {shape(given)} for {len(described.labels)} labels"
            )

    def labels(self, work: Pixels, _preview: Pixels) -> list[dict[str, Any]]:
        """Most certain first, in RGB. Raises MemoryError."""
        with onnx_runtime.memory_errors():
            given = self._session.run(prepared(work, self._described.input))[0]
        scores = given[0].astype(np.float64)
        sure = softmax(scores) if self._described.exclusive else 1 / (1 + np.exp(-scores))
        return [
            {
                "name": self._described.labels[number],
                "confidence": round(float(sure[number]), 4),
                "source": "model",
                "model": self._described.name,
                "instances": [],
            }
            for number in np.argsort(-sure, kind="stable")[:MOST]
            if sure[number] >= self._described.threshold
        ]


def prepared(work: Pixels, how: Input) -> Pixels:
    """`how.size` of pixels, scaled and cut as it says."""
    height, width = how.size
    if how.shortest is None:
        return resized(work, height, width)
    scale = how.shortest / min(work.shape[:2])
    tall, wide = (max(1, round(side * scale)) for side in work.shape[:2])
    # At least what is cut out, and no more of a very long picture's ends than that can use.
    top, left = max(0, tall - height) / 2 / tall, max(0, wide - width) / 2 / wide
    rows, columns = work.shape[:2]
    first, begin = int(top * rows), int(left * columns)
    middle = work[first : max(first + 1, rows - first), begin : max(begin + 1, columns - begin)]
    return resized(middle, height, width)


def resized(pixels: Pixels, height: int, width: int) -> Pixels:
    smaller = pixels.shape[0] >= height and pixels.shape[1] >= width
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=how), dtype=np.uint8)


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())
