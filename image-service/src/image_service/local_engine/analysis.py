"""Runs inside an instance: analyses one picture at a time, from its bytes to the parts of a result."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from image_service import __version__
from image_service.errors import Refused
from image_service.instances.answers import Analysed, NotAnalysed
from image_service.local_engine.labelling import NOTHING_SEEN, Labelling
from image_service.operations import codes, colors, faces, hashes, labels, metadata, quality
from image_service.picture.decode import Decoded, decode, jpeg
from image_service.sla import read_sla

if TYPE_CHECKING:  # both are costly: only where they are used
    from image_service.operations.moderation import Moderator
    from image_service.text_reading.reader import Reader

ENGINE = "local"
MODELS = {
    "colors": colors.MODEL,
    "quality": quality.MODEL,
    "hash": hashes.MODEL,
    "codes": codes.MODEL,
    "metadata": metadata.MODEL,
}


class _Engine:
    """Made once, in the fork server; its children inherit it. `reader` is there in those that read
    text, `moderator` in a child that was asked for it before."""

    pixels_at_most: int
    detector: faces.Detector
    labelling: Labelling
    reader: "Reader | None" = None
    moderator: "Moderator | None" = None


def initialize(models_dir: Path | None, reader: "Reader | None" = None) -> None:
    """Warm the engine: one thread per library, each operation run once, but for those whose sessions
    must be made after the fork."""
    cv2.setNumThreads(1)
    _Engine.pixels_at_most = read_sla().image_limit_pixels
    _Engine.detector = faces.detector(models_dir)
    _Engine.labelling = Labelling(models_dir)
    _Engine.reader = reader
    analyse(jpeg(np.zeros((64, 64, 3), np.uint8)), ["faces", *MODELS])


def prepare(operations: list[str]) -> None:
    """Once in a child, before it is confined and holds a picture: what does not live through a fork,
    and needs files. Raises MemoryError."""
    if "labels" in operations:
        _Engine.labelling.prepare()
    if "moderation" in operations:
        _moderator()
    if "text" in operations:
        _reader().prepare()


def analyse(data: bytes, operations: list[str]) -> Analysed | NotAnalysed:
    """One picture. Raises MemoryError."""
    prepare(operations)
    try:
        image = decode(
            data,
            _Engine.pixels_at_most,
            whole="codes" in operations,
            page="text" in operations,
        )
        findings, embedding = _run(image, operations)
    except Refused as refused:
        return NotAnalysed(refused.code, refused.detail)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        raise
    parts = {
        "image": {
            "width": image.width,
            "height": image.height,
            "format": image.format,
            "frames": image.frames,
            "truncated": image.truncated,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
            "orientation_applied": image.orientation_applied,
        },
        **findings,
    }
    return Analysed(parts, jpeg(image.preview), embedding)


def _run(image: Decoded, asked: list[str]) -> tuple[dict[str, Any], dict[str, str] | None]:
    """Every key of a result, and the embedding; what was not asked for holds its empty value. What labels are
    derived from is found once."""
    operations = frozenset(asked)
    people = _faces(image) if operations & {"faces", "labels"} else []
    text = _reader().read(image.detail) if "text" in operations else None
    measured = quality.quality(image.work) if operations & {"quality", "labels"} else {}
    seen = (
        _Engine.labelling.labels(image.work, image.preview, people, measured)
        if "labels" in operations
        else NOTHING_SEEN
    )
    findings = {
        "engines": [
            engine
            for operation in asked
            for engine in _engines(operation, text.unread if text else 0)
        ],
        "faces": people if "faces" in operations else [],
        "text": text.lines if text else [],
        "labels": seen.labels,
        "moderation": _moderator().moderate(image.work) if "moderation" in operations else [],
        "colors": colors.colors(image.work, image.visible) if "colors" in operations else [],
        "quality": measured if "quality" in operations else None,
        "hash": hashes.hashes(image.work) if "hash" in operations else None,
        "codes": [] if image.grey is None else codes.codes(image.grey),
        "metadata": metadata.metadata(image.exif) if "metadata" in operations else None,
    }
    return findings, seen.embedding


def _faces(image: Decoded) -> list[dict[str, Any]]:
    return faces.find(_Engine.detector, image.work, image.detail)


def _reader() -> "Reader":
    assert _Engine.reader is not None, "text goes to the instances that read it"
    return _Engine.reader


def _moderator() -> "Moderator":
    if _Engine.moderator is None:
        from image_service.operations.moderation import Moderator  # noqa: PLC0415  # see onnx_runtime.py

        _Engine.moderator = Moderator()
    return _Engine.moderator


def _engines(operation: str, unread_lines: int) -> list[dict[str, Any]]:
    """Each that took part; a model that is off is said as well. `unread_lines`: those that the reader of text
    left out."""
    weaker = operation in ("faces", "labels") and _Engine.detector.degraded
    own = _engine(operation, _model(operation), __version__, degraded=weaker)
    if operation == "text":
        return [{**own, "unread_lines": unread_lines}]
    if operation != "labels":
        return [own]
    return [
        own,
        *(
            _engine(operation, name, version or "unknown", degraded=is_off)
            for name, version, is_off in _Engine.labelling.models
        ),
    ]


def _engine(operation: str, model: str, version: str, *, degraded: bool) -> dict[str, Any]:
    return {
        "name": ENGINE,
        "operation": operation,
        "model": model,
        "version": version,
        "degraded": degraded,
        "raw": None,
    }


def _model(operation: str) -> str:
    match operation:
        case "faces":
            return _Engine.detector.model
        case "text":
            return _reader().model
        case "labels":
            return labels.MODEL
        case "moderation":
            return _moderator().model
        case _:
            return MODELS[operation]
