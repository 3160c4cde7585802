"""Classifiers that somebody brings: what is used, what is off, and why."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from conftest import encoded
from onnx import TensorProto, helper
from PIL import Image

from image_service import label_check
from image_service.analysis import analyse, initialize
from image_service.instances.answers import Analysed
from image_service.label_folders import Input, Unusable, described
from image_service.operations.classifiers import Classifier, prepared

SIDE = 8
SETTINGS = {"size": {"height": SIDE, "width": SIDE}, "do_normalize": False}
RED, GREEN = (250, 20, 20), (20, 250, 20)


def model(side: int | str = SIDE, labels: int = 3, channels: int = 3) -> bytes:
    """Says how much of each colour there is, ten times over, so that one of them is certain."""
    given = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, channels, side, side])
    got = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, labels])
    weights = np.eye(channels, labels, dtype=np.float32) * 10
    graph = helper.make_graph(
        [helper.make_node("GlobalAveragePool", ["pixels"], ["pooled"]),
         helper.make_node("Flatten", ["pooled"], ["flat"]),
         helper.make_node("MatMul", ["flat", "weights"], ["logits"])],
        "colours", [given], [got], [onnx.numpy_helper.from_array(weights, "weights")],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return made.SerializeToString()


def bring(models_dir: Path, name: str = "colours", **changes: Any) -> Path:
    """A folder that is all right, but for `changes`: a file's content by its name, None for none."""
    files: dict[str, Any] = {
        "model.onnx": model(),
        "config.json": {"id2label": {"0": "red", "1": "green", "2": "blue"}},
        "preprocessor_config.json": SETTINGS,
    } | {file: content for file, content in changes.items() if file != "manifest.json"}
    folder = models_dir / "labels" / name
    folder.mkdir(parents=True)
    for file, content in files.items():
        if content is not None:
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            (folder / file).write_bytes(data)
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    manifest = changes.get("manifest.json", {"version": "3", "sha256": sums})
    if manifest is not None:
        (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def picture(colour: tuple[int, int, int]) -> bytes:
    return encoded(Image.new("RGB", (60, 40), colour), "PNG")


def labelled(models_dir: Path, colour: tuple[int, int, int] = RED) -> dict[str, Any]:
    initialize(models_dir)
    found = analyse(picture(colour), ["labels"])
    assert isinstance(found, Analysed)
    return found.parts


@pytest.mark.parametrize(("colour", "name"), [(RED, "red"), (GREEN, "green")])
def test_a_model_that_is_all_right_says_what_it_sees(
    tmp_path: Path, colour: tuple[int, int, int], name: str
) -> None:
    bring(tmp_path)
    parts = labelled(tmp_path, colour)
    (label,) = [one for one in parts["labels"] if one["source"] == "model"]
    assert (label["name"], label["confidence"] > 0.99) == (name, True)
    own, brought = parts["engines"]
    assert own["model"] == "derived-labels-v1"
    assert (brought["model"], brought["version"], brought["degraded"]) == ("colours", "3", False)


def test_labels_that_may_hold_together_are_each_sure_for_themselves(tmp_path: Path) -> None:
    ids = {"0": "red", "1": "green", "2": "blue"}
    config = {"id2label": ids, "problem_type": "multi_label_classification"}
    bring(tmp_path, **{"config.json": config})
    sure = [one for one in labelled(tmp_path)["labels"] if one["source"] == "model"]
    assert {one["name"] for one in sure} == {"red", "green", "blue"}
    assert sum(one["confidence"] for one in sure) > 1.5


def test_names_may_stand_a_line_each_in_a_file_of_text(tmp_path: Path) -> None:
    bring(tmp_path, **{"config.json": None, "labels.txt": b"rouge\nvert\nbleu\n"})
    assert "rouge" in {one["name"] for one in labelled(tmp_path)["labels"]}


def test_a_model_for_pictures_of_any_size_is_used(tmp_path: Path) -> None:
    bring(tmp_path, **{"model.onnx": model("side")})
    assert "red" in {one["name"] for one in labelled(tmp_path)["labels"]}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"model.onnx": None}, "sha256"),
    ({"manifest.json": None}, "manifest.json is missing"),
    ({"manifest.json": {"version": "1"}}, "sha256"),
    ({"manifest.json": {"version": "1", "sha256": {"model.onnx": "0" * 64}}}, "not the file"),
    ({"manifest.json": {"version": "1", "sha256": {"../x": "0", "model.onnx": "0"}}}, "model.onnx"),
    ({"config.json": None}, "labels.txt"),
    ({"config.json": b"{"}, "not JSON"),
    ({"config.json": {"id2label": {"1": "red"}}}, "counts from 0"),
    ({"config.json": {"id2label": {"0": "red"}}}, "1 labels"),
    ({"preprocessor_config.json": {"size": "wide"}}, "preprocessor_config.json"),
    ({"preprocessor_config.json": {"size": 0}}, "size of 0"),
    ({"preprocessor_config.json": {"size": 16}}, "(1, 3, 16, 16)"),
    ({"preprocessor_config.json": {**SETTINGS, "do_normalize": True, "image_std": [0, 1, 1]}}, "divides"),
    ({"model.onnx": b"no model"}, "cannot be run"),
    ({"model.onnx": model(channels=4)}, "(1, 3, 8, 8)"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "why"), BAD, ids=lambda one: str(one)[:40])
async def test_a_model_that_fails_a_check_is_off_and_says_why(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    """The others go on, and so do the labels that need none."""
    bring(tmp_path, "bad", **changes)
    bring(tmp_path, "good")
    parts = labelled(tmp_path)
    assert "red" in {one["name"] for one in parts["labels"]}
    assert {one["model"]: one["degraded"] for one in parts["engines"][1:]} == {
        "bad": True, "good": False,
    }  # fmt: skip
    faults = await label_check.faults(tmp_path)
    assert faults.keys() == {"bad"}
    assert why in str(label_check.reason(faults))


async def test_without_any_model_nothing_is_off(tmp_path: Path) -> None:
    assert await label_check.faults(tmp_path) == {}
    assert label_check.reason({}) is None


def test_a_file_changed_after_its_manifest_was_written_is_refused(tmp_path: Path) -> None:
    folder = bring(tmp_path)
    (folder / "config.json").write_text(json.dumps({"id2label": {"0": "x", "1": "y", "2": "z"}}))
    with pytest.raises(Unusable, match=r"config\.json"):
        described(folder)


def test_the_usual_sizes_are_taken_where_nothing_is_said(tmp_path: Path) -> None:
    found = described(bring(tmp_path, **{"preprocessor_config.json": None}))
    assert found.input == Input()
    assert (found.input.size, found.input.mean[0]) == ((224, 224), 0.485)


def _split() -> np.ndarray:
    """Twice as wide as high: red, green in the middle half, red."""
    pixels = np.full((40, 80, 3), RED, np.uint8)
    pixels[:, 20:60] = GREEN
    return pixels


@pytest.mark.parametrize(
    ("how", "greens"),
    [(Input(size=(8, 8)), 0.5), (Input(size=(8, 8), shortest=8), 1.0)],
    ids=["pressed", "cut"],
)
def test_a_picture_is_pressed_or_cut_as_the_model_wants_it(how: Input, greens: float) -> None:
    pixels = prepared(_split(), how)
    assert pixels.shape == (8, 8, 3)
    assert np.mean(pixels[:, :, 1] > 128) == greens


def test_what_is_not_a_number_is_no_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = Classifier(described(bring(tmp_path)))
    answer: Callable[[np.ndarray], np.ndarray] = lambda _: np.full((1, 3), np.nan, np.float32)  # noqa: E731
    monkeypatch.setattr(classifier, "_run", answer)
    assert classifier.classify(np.zeros((8, 8, 3), np.uint8)) == []
