"""A detector as somebody brings one: it finds squares of pure colour, and is right by construction.

Its input of 64 x 64 is cut into cells of 8 x 8. Each says how much of each colour it holds; in the
layouts that leave doubles to who reads them, each says so again a pixel beside itself, less surely.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from brought import bring
from onnx import TensorProto, helper

SIDE, CELL = 64, 8
COUNT = (SIDE // CELL) ** 2
LABELS = {"0": "red", "1": "green", "2": "blue"}
ANYTHING = 0.95
SURE = 0.9
"""Above the grey that a picture lies on."""


def detector(layout: str, channels: int = 3) -> bytes:
    """`channels`: how many labels it tells apart."""
    constants = {
        "shape": np.array([1, 3, COUNT]),
        "from": np.array([0]),
        "to": np.array([channels]),
        "axis": np.array([1]),
    }
    nodes = [
        _node("AveragePool", ["pixels"], "pooled", kernel_shape=[CELL] * 2, strides=[CELL] * 2),
        _node("Reshape", ["pooled", "shape"], "all"),
        _node("Slice", ["all", "from", "to", "axis"], "scores"),
    ]
    match layout:
        case "end-to-end":
            more, held, shape = _ended()
        case "yolox":
            more, held, shape = _raw(channels)
        case _:
            more, held, shape = _doubled(layout, channels)
    return _model([*nodes, *more], constants | held, shape)


Part = tuple[list[onnx.NodeProto], dict[str, np.ndarray], list[int]]
"""Nodes that make `found` of `scores`, what they hold, and its shape."""


def _ended() -> Part:
    """Of the first label alone."""
    half = np.array([CELL / 2] * 2, np.float32)
    held = {
        "rows": np.hstack([_middles() - half, _middles() + half])[None],
        "number": np.zeros((1, COUNT, 1), np.float32),
        "one": np.array([1]),
    }
    nodes = [
        _node("Slice", ["scores", "from", "one", "axis"], "red"),
        _node("Transpose", ["red"], "red rows", perm=[0, 2, 1]),
        _node("Concat", ["rows", "red rows", "number"], "found", axis=2),
    ]
    return nodes, held, [1, COUNT, 6]


def _raw(channels: int) -> Part:
    """Each cell of 8 pixels says how much of each colour it holds, as a YOLOX does: blue first, of 255, its middle
    and the logarithm of its size in cells. The larger cells say nothing."""
    columns = np.tile(np.array([0.5, 0.5, 0, 0, ANYTHING], np.float32)[:, None], COUNT)[None]
    larger = sum((SIDE // stride) ** 2 for stride in (16, 32))
    held = {
        "columns": columns,
        "order": np.arange(channels)[::-1].copy(),
        "most": np.array([255], np.float32),
        "nothing": np.zeros((1, 5 + channels, larger), np.float32),
    }
    nodes = [
        _node("Gather", ["scores", "order"], "red first", axis=1),
        _node("Div", ["red first", "most"], "shares"),
        _node("Concat", ["columns", "shares"], "small", axis=1),
        _node("Concat", ["small", "nothing"], "tall", axis=2),
        _node("Transpose", ["tall"], "found", perm=[0, 2, 1]),
    ]
    return nodes, held, [1, COUNT + larger, 5 + channels]


def _doubled(layout: str, channels: int) -> Part:
    boxes = np.vstack([_middles(), _middles() + np.array([1, 0], np.float32)])
    columns = np.hstack([boxes, np.full_like(boxes, CELL)]).T[None]
    if layout == "yolov5":
        anything = np.full((1, 1, 2 * COUNT), ANYTHING, np.float32)
        columns = np.concatenate([columns, anything], axis=1)
    turned = layout == "yolov5"
    nodes = [
        _node("Mul", ["scores", "less"], "again"),
        _node("Concat", ["scores", "again"], "both", axis=2),
        _node("Concat", ["columns", "both"], "tall", axis=1),
        _node("Transpose", ["tall"], "found", perm=[0, 2, 1])
        if turned
        else _node("Identity", ["tall"], "found"),
    ]
    rows = columns.shape[1] + channels
    held = {"columns": columns, "less": np.array([0.98], np.float32)}
    return nodes, held, [1, 2 * COUNT, rows] if turned else [1, rows, 2 * COUNT]


def bring_detector(models_dir: Path, layout: str, name: str = "squares", /, **changes: Any) -> Path:
    """`changes`: of the manifest, or of a file's content by its name."""
    files = {key: changes.pop(key) for key in list(changes) if "." in key}
    files = {
        "model.onnx": detector(layout),
        "config.json": {"id2label": LABELS},
        "preprocessor_config.json": {"size": SIDE},
        **files,
    }
    return bring(
        models_dir, name, manifest={"kind": "detector", "confidence": SURE, **changes}, **files
    )


def _node(kind: str, given: list[str], found: str, **options: Any) -> onnx.NodeProto:
    return helper.make_node(kind, given, [found], **options)


def _middles() -> np.ndarray:
    """(x, y) of each cell, row by row."""
    rows, columns = np.divmod(np.arange(COUNT), SIDE // CELL)
    return (np.stack([columns, rows], axis=1) * CELL + CELL / 2).astype(np.float32)


def _model(
    nodes: list[onnx.NodeProto], constants: dict[str, np.ndarray], shape: list[int]
) -> bytes:
    given = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    found = helper.make_tensor_value_info("found", TensorProto.FLOAT, shape)
    held = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "squares", [given], [found], held)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return made.SerializeToString()
