"""The session of a model that `folders` describes. Made in a child, never before the fork."""

from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from image_service.label_models.folders import LabelModel, UnusableModel
from image_service.operations import onnx_runtime
from image_service.picture.decode import Pixels

COLOURS = 3
CANNOT_RUN: tuple[type[Exception], ...] = (*onnx_runtime.ERRORS, MemoryError)


class Session:
    """Raises UnusableModel where the model cannot be loaded or takes another shape than its folder says."""

    def __init__(self, described: LabelModel) -> None:
        self._how = described.input
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # fatal: the reason is in the error
        try:
            self._session = onnxruntime.InferenceSession(
                str(described.path), options, providers=onnx_runtime.PROVIDERS
            )
            self._name = self._input()
        except CANNOT_RUN as error:
            raise UnusableModel(f"its model cannot be run ({type(error).__name__})") from error

    def trial(self) -> list[NDArray[Any]]:
        """Its outputs, of an empty picture. Raises UnusableModel where it cannot be run."""
        try:
            return self.run(np.zeros((*self._how.size, COLOURS), np.uint8))
        except CANNOT_RUN as error:
            raise UnusableModel(f"its model cannot be run ({type(error).__name__})") from error

    def run(self, pixels: Pixels) -> list[NDArray[Any]]:
        """Its outputs, of an RGB picture of the size it wants."""
        how = self._how
        pixels = pixels[:, :, ::-1] if how.bgr else pixels
        mean, deviation = np.array(how.mean, np.float32), np.array(how.std, np.float32)
        scaled = (pixels * np.float32(how.factor) - mean) / deviation
        batch = np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], dtype=np.float32)
        return [np.asarray(one) for one in self._session.run(None, {self._name: batch})]

    def _input(self) -> str:
        """Its name. A side that is no number may have any length."""
        inputs = self._session.get_inputs()
        height, width = self._how.size
        if len(inputs) != 1 or inputs[0].type != "tensor(float)":
            raise UnusableModel("its model does not take one input of float32")
        fits = len(inputs[0].shape) == COLOURS + 1 and all(
            not isinstance(side, int) or side == wanted
            for side, wanted in zip(inputs[0].shape, (1, COLOURS, height, width), strict=True)
        )
        if not fits:
            raise UnusableModel(f"its model does not take (1, 3, {height}, {width})")
        return str(inputs[0].name)


def shape(given: NDArray[Any]) -> str:
    return f"{given.dtype} {given.shape}"
