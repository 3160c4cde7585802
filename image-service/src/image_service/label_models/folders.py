"""Classifiers and detectors that an operator brings: folders `labels/<name>` below MODELS_DIR, as
Hugging Face's ONNX exports lay them out. Needs none of the engine's libraries, which the worker does not load.

| file | holds |
|---|---|
| `model.onnx` | one input (1, 3, height, width) of float32, an output (1, labels) or a detector's |
| `config.json` or `labels.txt` | `id2label`, and `problem_type` where several labels may hold at once; or a label a line |
| `preprocessor_config.json` | size, crop, rescaling, mean and deviation; may be absent |
| `taxonomy.json` | of some labels `parents`, `categories` and `aliases`, lists each; may be absent |
| `manifest.json` | `version`, under `sha256` the sum of each file by its name, and what makes it a detector |

A classifier's manifest may have `threshold`, the least confidence of a label. A detector's has
`"kind": "detector"` and may have `layout`, `confidence` and `iou`; its pictures are fitted into `size` whole, on
grey, as RGB from 0 to 1, or for the layout `yolox` as BGR from 0 to 255.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

FOLDER, MODEL, MANIFEST = "labels", "model.onnx", "manifest.json"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SIDE = 224
THRESHOLD = 0.05
SIDE_AT_MOST = 1024
TAXONOMY = "taxonomy.json"
LAYOUTS = ("yolov8", "yolov5", "end-to-end", "yolox")
DETECTOR_SIDE = 640
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class UnusableModel(Exception):
    """The model cannot be used; the message tells the operator why."""


@dataclass(frozen=True)
class Kin:
    """What a label belongs to, the nearest first, and what else it is called."""

    parents: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Input:
    """A picture is scaled to `resized` (height, width), or until its shorter side has `shortest`;
    then the middle of `size` is cut out, times `factor`, less `mean`, divided by `std`; `bgr`: blue comes
    first."""

    size: tuple[int, int] = (SIDE, SIDE)
    shortest: int | None = None
    factor: float = 1 / 255
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    bgr: bool = False


@dataclass(frozen=True)
class Detection:
    """How a detector's output is read. `layout`: one of LAYOUTS, None for the one that its shape
    allows. `confidence`: the least of an instance; `iou`: from which share of their union on two boxes
    of a label are of one thing; `iou_across`: the same for boxes of two labels, None for never. All from 0
    to 1, the defaults are those of Ultralytics' YOLOv5."""

    layout: str | None = None
    confidence: float = 0.25
    iou: float = 0.45
    iou_across: float | None = None


@dataclass(frozen=True)
class LabelModel:
    """A model whose files are as its manifest says. `exclusive`: one label holds (softmax), else
    each for itself (sigmoid). `detection`: None for a classifier. `threshold`: a classifier's, 0 to 1.
    `taxonomy`: what there is to say of a label, by its name. `is_delivered`: known by its sum."""

    name: str
    version: str
    path: Path
    labels: tuple[str, ...]
    exclusive: bool
    input: Input
    detection: Detection | None = None
    threshold: float = THRESHOLD
    taxonomy: Mapping[str, Kin] = field(default_factory=dict)
    is_delivered: bool = False


def list_folders(models_dir: Path | None) -> list[Path]:
    """The folders of label models, sorted by name."""
    folder = None if models_dir is None else models_dir / FOLDER
    if folder is None or not folder.is_dir():
        return []
    return sorted(entry for entry in folder.iterdir() if entry.is_dir())


def read_model(folder: Path) -> LabelModel:
    """Reads all but the model itself, whose sum alone is checked. Raises UnusableModel."""
    if not NAME.fullmatch(folder.name):
        raise UnusableModel("a model's name may have letters, digits, dots, dashes and underscores")
    manifest = _json(folder / MANIFEST)
    try:
        version, sums = str(manifest["version"]), dict(manifest["sha256"])
        _check(folder, {MODEL: sums[MODEL], **sums})
    except (KeyError, TypeError, ValueError) as error:
        raise UnusableModel(f"{MANIFEST} names no version or no sha256 of {MODEL}") from error
    labels, exclusive = _labels(folder)
    detection = _detection(manifest)
    preprocessing = folder / "preprocessor_config.json"
    how = _input(preprocessing) if detection is None else _letterbox(preprocessing)
    if detection is not None and detection.layout == "yolox":
        how = replace(how, factor=1.0, bgr=True)
    return LabelModel(
        folder.name,
        version,
        folder / MODEL,
        labels,
        exclusive,
        how,
        detection,
        _threshold(manifest),
        _taxonomy(folder / TAXONOMY),
    )


def kin(value: Any) -> Kin:
    """Of its JSON. Raises TypeError, ValueError."""
    lists = [value.get(name, []) for name in ("parents", "categories", "aliases")]
    if not all(
        isinstance(one, list) and all(isinstance(name, str) for name in one) for one in lists
    ):
        raise ValueError("lists of names are wanted")
    return Kin(*map(tuple, lists))


def _threshold(manifest: dict[str, Any]) -> float:
    try:
        threshold = float(manifest.get("threshold", THRESHOLD))
    except (TypeError, ValueError) as error:
        raise UnusableModel(f"{MANIFEST} has a threshold that is no number") from error
    if not 0 < threshold <= 1:
        raise UnusableModel(f"{MANIFEST} has a threshold that is not between 0 and 1")
    return threshold


def _taxonomy(path: Path) -> dict[str, Kin]:
    if not path.is_file():
        return {}
    try:
        return {name: kin(value) for name, value in _json(path).items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise UnusableModel(f"{path.name} is no taxonomy: {error}") from error


def _detection(manifest: dict[str, Any]) -> Detection | None:
    if manifest.get("kind", "classifier") == "classifier":
        return None
    try:
        wanted = Detection(
            manifest.get("layout"),
            float(manifest.get("confidence", Detection.confidence)),
            float(manifest.get("iou", Detection.iou)),
        )
    except (TypeError, ValueError) as error:
        raise UnusableModel(f"{MANIFEST} has a confidence or iou that is no number") from error
    if manifest["kind"] != "detector" or wanted.layout not in (None, *LAYOUTS):
        raise UnusableModel(f"{MANIFEST} names a kind or layout that is not known here")
    if not (0 < wanted.confidence <= 1 and 0 < wanted.iou <= 1):
        raise UnusableModel(f"{MANIFEST} has a confidence or iou that is not between 0 and 1")
    return wanted


def _check(folder: Path, sums: dict[str, str]) -> None:
    for name, expected in sums.items():
        path = folder / name
        if path.parent != folder or not path.is_file():
            raise UnusableModel(f"{name} is missing")
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != expected:
                raise UnusableModel(f"{name} is not the file of which {MANIFEST} tells")


def _labels(folder: Path) -> tuple[tuple[str, ...], bool]:
    if (folder / "config.json").is_file():
        config = _json(folder / "config.json")
        try:
            by_number = {int(number): str(name) for number, name in config["id2label"].items()}
            names = tuple(by_number[number] for number in range(len(by_number)))
        except (KeyError, ValueError, AttributeError) as error:
            raise UnusableModel("config.json has no id2label that counts from 0") from error
        return names, config.get("problem_type") != "multi_label_classification"
    path = folder / "labels.txt"
    if not path.is_file():
        raise UnusableModel("neither config.json nor labels.txt is there")
    try:
        return tuple(path.read_text(encoding="utf-8").splitlines()), True
    except ValueError as error:
        raise UnusableModel("labels.txt is no UTF-8") from error


def _input(path: Path) -> Input:
    """As Hugging Face's image processors read it; what is absent has its default."""
    if not path.is_file():
        return Input()
    config = _json(path)
    try:
        size = config.get("size", SIDE)
        shortest = size.get("shortest_edge") if isinstance(size, dict) else None
        crop = config.get("crop_size", size) if config.get("do_center_crop") else size
        if config.get("do_center_crop") and isinstance(size, int):
            shortest = size
        wanted = Input(
            _size(crop),
            None if shortest is None or not config.get("do_center_crop") else int(shortest),
            float(config.get("rescale_factor", 1 / 255)) if config.get("do_rescale", True) else 1.0,
            *_normal(config),
        )
    except (TypeError, ValueError, KeyError) as error:
        raise UnusableModel(f"{path.name} says nothing that can be followed") from error
    sides = (*wanted.size, wanted.shortest or max(wanted.size))
    if not all(0 < side <= SIDE_AT_MOST for side in sides) or 0 in wanted.std:
        raise UnusableModel(f"{path.name} has a size of 0 or above {SIDE_AT_MOST}, or divides by 0")
    return wanted


def _letterbox(path: Path) -> Input:
    """A detector's, of which only the size can be chosen."""
    config = _json(path) if path.is_file() else {}
    try:
        size = _size(config.get("size", DETECTOR_SIDE))
    except (TypeError, ValueError, KeyError) as error:
        raise UnusableModel(f"{path.name} says nothing that can be followed") from error
    if not all(0 < side <= SIDE_AT_MOST for side in size):
        raise UnusableModel(f"{path.name} has a size of 0 or above {SIDE_AT_MOST}")
    return Input(size, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))


def _size(value: Any) -> tuple[int, int]:
    if not isinstance(value, dict):
        return int(value), int(value)
    if "shortest_edge" in value:
        return int(value["shortest_edge"]), int(value["shortest_edge"])
    return int(value["height"]), int(value["width"])


def _normal(config: dict[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    if not config.get("do_normalize", True):
        return (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    red_green_blue = [
        tuple(float(value) for value in config.get(name, default))
        for name, default in (("image_mean", IMAGENET_MEAN), ("image_std", IMAGENET_STD))
    ]
    if any(len(values) != len(IMAGENET_MEAN) for values in red_green_blue):
        raise ValueError("not a value for each colour")
    return red_green_blue[0], red_green_blue[1]


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise UnusableModel(f"{path.name} is missing") from error
    except ValueError as error:
        raise UnusableModel(f"{path.name} is not JSON") from error
    if not isinstance(found, dict):
        raise UnusableModel(f"{path.name} is no JSON object")
    return found
