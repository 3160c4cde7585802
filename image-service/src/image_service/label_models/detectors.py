"""Runs the detectors that `folders` describes, in the layouts that YOLO's exports have.

| layout | output | a row |
|---|---|---|
| `yolov8` (also 9, 11, 12) | (1, 4 + labels, N) | middle, width, height; each label's score |
| `yolov5` (also 7) | (1, N, 5 + labels) | the same, with the score of being anything before them |
| `end-to-end` (10, 26, or exported with `nms=True`) | (1, N, 6) | two corners, score, label's number |
| `yolox` | (1, N, 5 + labels) | as `yolov5`, in cells of 8, 16 and 32 pixels, sizes as logarithms |

Places are pixels of the input. A YOLOX has a row for each cell, all of 8 pixels first, and each grid row by row.
Sources: Ultralytics' documentation, "Model Export", and its letterbox; Megvii's YOLOX, `demo_postprocess`.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from image_service.label_models.classifiers import resized
from image_service.label_models.folders import LabelModel, UnusableModel
from image_service.label_models.sessions import Session, shape
from image_service.operations import onnx_runtime
from image_service.picture.decode import Pixels
from image_service.picture.geometry import box

PLACE, ANYTHING, ROW = 4, 5, 6
"""Columns: of a place, before the labels' scores of `yolov5`, and of a row that is `end-to-end`."""
AXES = 3
STRIDES = (8, 16, 32)
LOGARITHM_AT_MOST = 20.0
"""Of a size: beyond it there is no picture."""
GREY = 114
INSTANCES_AT_MOST, CANDIDATES_AT_MOST = 100, 1000
Rows = NDArray[np.float64]


class Detector:
    """Raises UnusableModel where the model cannot be loaded, or takes or gives another shape than its
    folder says: one that an operator brings is run once."""

    def __init__(self, described: LabelModel) -> None:
        assert described.detection is not None, "a classifier has no instances"
        self._described, self._how = described, described.detection
        self._session = Session(described)
        size = described.input.size
        self._cells: Rows | None = _cells(size)
        if described.is_delivered and self._how.layout is not None:
            self._layout = self._how.layout
            return
        given = self._session.trial()[0]
        self._layout = layout(given, len(described.labels), self._how.layout, size)
        self._cells = _cells(size) if self._layout == "yolox" else None
        _check(_decoded(given[0].astype(np.float64), self._layout, self._cells), self._layout)

    def labels(self, _work: Pixels, preview: Pixels) -> list[dict[str, Any]]:
        """Each with its instances, most certain first, in RGB. Raises MemoryError."""
        fitted, scale, (left, top) = letterboxed(preview, self._described.input.size)
        with onnx_runtime.memory_errors():
            given = self._session.run(fitted)[0]
        corners, sure, numbers = self._instances(given[0].astype(np.float64))
        corners = (corners - np.tile([left, top], 2)) / scale
        height, width = preview.shape[:2]
        found: dict[int, list[dict[str, Any]]] = {}
        for (x0, y0, x1, y1), confidence, number in zip(corners, sure, numbers, strict=True):
            place = box(x0 / width, y0 / height, x1 / width, y1 / height)
            if place["width"] and place["height"]:
                one = {"box": place, "confidence": round(min(1.0, float(confidence)), 4)}
                found.setdefault(int(number), []).append(one)
        return [
            {
                "name": self._described.labels[number],
                "confidence": instances[0]["confidence"],
                "source": "model",
                "model": self._described.name,
                "instances": instances,
            }
            for number, instances in found.items()
        ]

    def _instances(self, rows: Rows) -> tuple[Rows, Rows, NDArray[Any]]:
        """Corners, confidence and label's number, most certain first and one for each thing."""
        corners, sure, numbers = _read(_decoded(rows, self._layout, self._cells), self._layout)
        known = (numbers >= 0) & (numbers < len(self._described.labels))
        likely = known & (sure >= self._how.confidence) & np.isfinite(corners).all(axis=1)
        corners, sure, numbers = corners[likely], sure[likely], numbers[likely].astype(np.int64)
        order = np.argsort(-sure, kind="stable")[:CANDIDATES_AT_MOST]
        if self._layout != "end-to-end":
            order = order[_distinct(corners[order], sure[order], numbers[order], self._how.iou)]
        if self._how.iou_across is not None:
            alike = np.zeros(len(order), np.int64)
            order = order[_distinct(corners[order], sure[order], alike, self._how.iou_across)]
        kept = order[:INSTANCES_AT_MOST]
        return corners[kept], sure[kept], numbers[kept]


def layout(given: NDArray[Any], labels: int, wanted: str | None, size: tuple[int, int]) -> str:
    """The one that is wanted, or the only one of this shape. Raises UnusableModel."""
    columns = given.shape[1:] if given.ndim == AXES else (0, 0)
    shapes = {
        "yolov8": columns[0] == PLACE + labels,
        "yolov5": columns[1] == ANYTHING + labels,
        "end-to-end": columns[1] == ROW,
        "yolox": columns == (len(_cells(size)), ANYTHING + labels),
    }
    possible = [name for name, fits in shapes.items() if fits and wanted in (None, name)]
    if not (possible and labels) or given.dtype != np.float32 or given.shape[0] != 1:
        raise UnusableModel(f"its model gives {shape(given)} for {labels} labels")
    if len(possible) > 1:
        raise UnusableModel(
            f"its output may be {' or '.join(possible)}: its manifest has to say which"
        )
    return possible[0]


def _cells(size: tuple[int, int]) -> Rows:
    """Left, top and side of each cell that a YOLOX has a row for, in cells and pixels: (N, 3)."""
    grids = []
    for stride in STRIDES:
        tops, lefts = np.mgrid[: size[0] // stride, : size[1] // stride]
        sides = np.full(tops.size, stride)
        grids.append(np.stack([lefts.ravel(), tops.ravel(), sides], axis=1))
    return np.concatenate(grids).astype(np.float64)


def _decoded(rows: Rows, kind: str, cells: Rows | None) -> Rows:
    """A YOLOX's rows as those of a YOLOv5; others as they are."""
    if cells is None:
        return rows.T if kind == "yolov8" else rows
    middles = (rows[:, :2] + cells[:, :2]) * cells[:, 2:]
    sizes = np.exp(np.minimum(rows[:, 2:PLACE], LOGARITHM_AT_MOST)) * cells[:, 2:]
    return np.hstack([middles, sizes, rows[:, PLACE:]])


def _check(rows: Rows, kind: str) -> None:
    """Raises UnusableModel for rows that another layout would explain: of the trial run, on an empty picture."""
    if kind == "end-to-end":
        return
    if not (rows[:, 2:PLACE] > 0).all():
        raise UnusableModel(f"its rows have sizes that are not above 0: they are not {kind}")
    scores = rows[:, PLACE:]
    if not ((scores >= 0) & (scores <= 1)).all():
        raise UnusableModel(f"its rows have scores outside 0 to 1: they are not {kind}")


def letterboxed(
    picture: Pixels, size: tuple[int, int]
) -> tuple[Pixels, NDArray[Any], tuple[int, int]]:
    """The whole picture in the middle of `size` (height, width), on grey; by how much it was scaled,
    as (x, y, x, y); and how many pixels lie left of it and above."""
    scale = min(wanted / side for wanted, side in zip(size, picture.shape[:2], strict=True))
    tall, wide = (max(1, round(side * scale)) for side in picture.shape[:2])
    left, top = (size[1] - wide) // 2, (size[0] - tall) // 2
    fitted = np.full((*size, picture.shape[2]), GREY, np.uint8)
    fitted[top : top + tall, left : left + wide] = resized(picture, tall, wide)
    exactly = np.tile([wide / picture.shape[1], tall / picture.shape[0]], 2)
    return fitted, exactly, (left, top)


def _read(rows: Rows, kind: str) -> tuple[Rows, Rows, Rows]:
    """Corners, confidence and number of the most likely label of each row."""
    if kind == "end-to-end":
        return rows[:, :PLACE], rows[:, PLACE], rows[:, PLACE + 1]
    scores = (
        rows[:, PLACE:] if kind == "yolov8" else rows[:, ANYTHING:] * rows[:, PLACE : PLACE + 1]
    )
    middles, sizes = rows[:, :2], rows[:, 2:PLACE]
    corners = np.hstack([middles - sizes / 2, middles + sizes / 2])
    return corners, scores.max(axis=1), scores.argmax(axis=1).astype(np.float64)


def _distinct(corners: Rows, sure: Rows, numbers: NDArray[Any], iou: float) -> NDArray[Any]:
    """Places in the lists of those that are no other one's double, most certain first."""
    sizes = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
    kept: Any = cv2.dnn.NMSBoxesBatched(sizes.tolist(), sure.tolist(), numbers.tolist(), 0.0, iou)
    return np.sort(np.asarray(kept, np.int64).reshape(-1))
