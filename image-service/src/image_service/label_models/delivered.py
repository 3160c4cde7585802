"""The models that are delivered: files in MODELS_DIR, accepted by their sums (`model_files/catalogue.json`)."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from image_service.label_models.folders import Detection, Input, LabelModel, UnusableModel
from image_service.label_models.vocabulary import Vocabulary


@dataclass(frozen=True)
class Delivered:
    """`sums`: SHA-256 of the files that hold these weights."""

    name: str
    version: str
    file: str
    sums: frozenset[str]


DETECTOR = Delivered(
    "yolox-nano-0.1.1",
    "0.1.1",
    "yolox_nano.onnx",
    frozenset(
        {
            "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",
            "695e750a5d5754bb5a8d5325643b59282191a7e7a564e435a415fd3c578eab14",
        }
    ),
)
"""Megvii's file, and a re-export of the same weights."""
CLASSIFIER = Delivered(
    "efficientnet-lite0-0.1.0",
    "0.1.0",
    "efficientnet_lite0.onnx",
    frozenset({"b7ecf17d7cfb32403d4ff92a14dd924eb0d00b8f30c693ba8c7c92b7bfd45e9f"}),
)
CERTAIN_AT_LEAST = 0.1
"""Of an instance: below it, `min_confidence` finds nothing more."""
DETECTION = Detection("yolox", CERTAIN_AT_LEAST, 0.45, 0.8)
LETTERBOX = Input((416, 416), factor=1.0, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), bgr=True)
MIDDLE = Input((224, 224), 256, 1.0, (127.0, 127.0, 127.0), (128.0, 128.0, 128.0))


def describe(delivered: Delivered, models_dir: Path | None, vocabulary: Vocabulary) -> LabelModel:
    """Raises UnusableModel where its file is missing or another one."""
    path = None if models_dir is None else models_dir / delivered.file
    if path is None or not path.is_file():
        raise UnusableModel(f"its file {delivered.file} is missing")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() not in delivered.sums:
            raise UnusableModel(f"{delivered.file} is not the file that it should be")
    if delivered is DETECTOR:
        names, how, detection = vocabulary.objects, LETTERBOX, DETECTION
    else:
        names = tuple(one.name for one in vocabulary.classes)
        how, detection = MIDDLE, None
    return LabelModel(
        delivered.name,
        delivered.version,
        path,
        names,
        exclusive=True,
        input=how,
        detection=detection,
        is_delivered=True,
    )
