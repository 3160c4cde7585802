"""What runs inside an instance: bytes in, the parts of a result out. One picture at a time."""

import hashlib
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from image_service import __version__
from image_service.decode import Decoded, decode, jpeg
from image_service.errors import Refused
from image_service.operations import colors, faces, hashes, metadata, quality

ENGINE = "local"
MODELS = {
    "colors": colors.MODEL,
    "quality": quality.MODEL,
    "hash": hashes.MODEL,
    "metadata": metadata.MODEL,
}


@dataclass(frozen=True)
class Analysed:
    """`parts` are the keys of a result that the picture decides. `run_ms` is the time that the
    instance took. `init_ms` is not zero for the first analysis of an instance.
    `max_memory_mb` is the instance's high-water mark."""

    parts: dict[str, Any]
    preview: bytes
    run_ms: float
    init_ms: float
    max_memory_mb: float


@dataclass(frozen=True)
class NotAnalysed:
    """The image will never do; travels between processes as a value."""

    code: str
    detail: str
    run_ms: float
    init_ms: float
    max_memory_mb: float


class _Instance:
    """The state of one child process."""

    detector: faces.Detector
    init_ms = 0.0


def initialize(models_dir: Path | None) -> None:
    """Warm an instance: one thread per library, each operation run once."""
    started = time.perf_counter()
    cv2.setNumThreads(1)
    _Instance.detector = faces.detector(models_dir)
    blank = jpeg(np.zeros((64, 64, 3), np.uint8))
    analyse(blank, ["faces", *MODELS])
    _Instance.init_ms = _milliseconds_since(started)


def analyse(data: bytes, operations: list[str]) -> Analysed | NotAnalysed:
    """One picture."""
    started = time.perf_counter()
    init_ms, _Instance.init_ms = _Instance.init_ms, 0.0
    try:
        image = decode(data)
    except Refused as refused:
        return NotAnalysed(
            refused.code, refused.detail, _milliseconds_since(started), init_ms, _memory_mb()
        )
    parts = {
        "image": {
            "width": image.width,
            "height": image.height,
            "format": image.format,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "orientation_applied": image.orientation_applied,
        },
        "engines": [_engine(operation) for operation in operations],
        **_run(image, frozenset(operations)),
    }
    preview = jpeg(image.preview)
    return Analysed(parts, preview, _milliseconds_since(started), init_ms, _memory_mb())


def _run(image: Decoded, wanted: frozenset[str]) -> dict[str, Any]:
    """Every key of a result; what was not asked for holds its empty value."""
    return {
        "faces": _Instance.detector.detect(image.work) if "faces" in wanted else [],
        "text": [],
        "labels": [],
        "moderation": [],
        "colors": colors.colors(image.work) if "colors" in wanted else [],
        "quality": quality.quality(image.work) if "quality" in wanted else None,
        "hash": hashes.hashes(image.work) if "hash" in wanted else None,
        "codes": [],
        "metadata": metadata.metadata(image.exif) if "metadata" in wanted else None,
    }


def _engine(operation: str) -> dict[str, Any]:
    found = _Instance.detector if operation == "faces" else None
    return {
        "name": ENGINE,
        "operation": operation,
        "model": found.model if found else MODELS[operation],
        "version": __version__,
        "degraded": found.degraded if found else False,
    }


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 1)


def _memory_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
