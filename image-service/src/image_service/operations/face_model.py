"""Where the face model is. Without the engine's libraries, which this process does not need."""

import hashlib
from pathlib import Path

MODEL_FILE = "face_detection_yunet_2023mar.onnx"
MODEL_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"


def model_file(models_dir: Path | None) -> Path | None:
    """The face model's file; None where it is missing or its sum differs."""
    path = None if models_dir is None else models_dir / MODEL_FILE
    if path is None or not path.is_file():
        return None
    genuine = hashlib.sha256(path.read_bytes()).hexdigest() == MODEL_SHA256
    return path if genuine else None
