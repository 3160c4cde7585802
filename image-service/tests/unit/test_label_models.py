"""Classifiers that somebody brings: what is used, what is off, and why."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brought import SETTINGS, bring, model
from conftest import encoded
from PIL import Image

from image_service.instances.answers import Analysed
from image_service.label_models.classifiers import Classifier, prepared
from image_service.label_models.delivered import CLASSIFIER, DETECTOR
from image_service.label_models.folders import Input, UnusableModel, read_model
from image_service.local_engine import label_check
from image_service.local_engine.analysis import analyse, initialize
from image_service.local_engine.label_check import LabelCheck
from image_service.operations import onnx_runtime

DELIVERED = {DETECTOR.name, CLASSIFIER.name}
RED, GREEN = (250, 20, 20), (20, 250, 20)


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
    own, *_, brought = parts["engines"]
    assert own["model"] == "derived-labels-v1"
    assert label["model"] == "colours"
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
    (
        {"preprocessor_config.json": {**SETTINGS, "do_normalize": True, "image_std": [0, 1, 1]}},
        "divides",
    ),
    ({"taxonomy.json": {"red": {"parents": "colour"}}}, "no taxonomy"),
    ({"taxonomy.json": {"red": ["colour"]}}, "no taxonomy"),
    ({"model.onnx": b"no model"}, "cannot be run"),
    ({"model.onnx": model(channels=4)}, "(1, 3, 8, 8)"),
]


@pytest.mark.parametrize(("changes", "why"), BAD, ids=lambda one: str(one)[:40])
async def test_a_model_that_fails_a_check_is_off_and_says_why(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    """The others go on, and so do the labels that need none."""
    bring(tmp_path, "bad", **changes)
    bring(tmp_path, "good")
    parts = labelled(tmp_path)
    assert "red" in {one["name"] for one in parts["labels"]}
    told = {one["model"]: one["degraded"] for one in parts["engines"][1:]}
    assert told == {**dict.fromkeys(DELIVERED, True), "bad": True, "good": False}
    check = LabelCheck(tmp_path)
    await check.run()
    assert check.faults.keys() == {"bad", *DELIVERED}
    assert why in str(await check.check())


@pytest.mark.parametrize("threshold", [0, 1.5, "much"])
def test_a_threshold_lies_between_0_and_1(tmp_path: Path, threshold: Any) -> None:
    with pytest.raises(UnusableModel, match="threshold"):
        read_model(bring(tmp_path, manifest={"threshold": threshold}))


def test_a_model_says_nothing_below_its_threshold(tmp_path: Path) -> None:
    ids = {"0": "red", "1": "green", "2": "blue"}
    config = {"id2label": ids, "problem_type": "multi_label_classification"}
    bring(tmp_path, manifest={"threshold": 0.9}, **{"config.json": config})
    assert [one["name"] for one in labelled(tmp_path)["labels"] if one["source"] == "model"] == [
        "red"
    ]


def test_a_model_brings_what_its_labels_belong_to(tmp_path: Path) -> None:
    kin = {"parents": ["colour"], "categories": ["Paint"], "aliases": ["rouge"]}
    bring(tmp_path, **{"taxonomy.json": {"red": kin}})
    said = {one["name"]: one for one in labelled(tmp_path)["labels"] if one["source"] == "model"}
    assert {key: said["red"][key] for key in kin} == kin
    assert said["colour"]["confidence"] == said["red"]["confidence"]


@pytest.mark.parametrize("error", [MemoryError, onnx_runtime.FAILURES[0]])
def test_a_model_for_which_there_is_no_memory_is_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def short(*_: object, **__: object) -> None:
        raise error("std::bad_alloc")

    monkeypatch.setattr("onnxruntime.InferenceSession", short)
    with pytest.raises(UnusableModel):
        Classifier(read_model(bring(tmp_path)))


async def test_a_check_that_breaks_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(tmp_path)
    monkeypatch.setattr(label_check, "environment", lambda: {"PYTHONPATH": ""})
    check = LabelCheck(tmp_path)
    await check.run()
    assert "ended early" in str(await check.check())


async def test_what_is_delivered_and_missing_is_told_of(tmp_path: Path) -> None:
    check = LabelCheck(tmp_path)
    await check.run()
    assert check.faults == {
        "yolox-nano-0.1.1": "its file yolox_nano.onnx is missing",
        "efficientnet-lite0-0.1.0": "its file efficientnet_lite0.onnx is missing",
    }


async def test_with_all_that_is_delivered_nothing_is_off(models_dir: Path) -> None:
    check = LabelCheck(models_dir)
    await check.run()
    assert check.faults == {}
    assert await check.check() is None


def test_a_file_changed_after_its_manifest_was_written_is_refused(tmp_path: Path) -> None:
    folder = bring(tmp_path)
    (folder / "config.json").write_text(json.dumps({"id2label": {"0": "x", "1": "y", "2": "z"}}))
    with pytest.raises(UnusableModel, match=r"config\.json"):
        read_model(folder)


def test_the_usual_sizes_are_taken_where_nothing_is_said(tmp_path: Path) -> None:
    found = read_model(bring(tmp_path, **{"preprocessor_config.json": None}))
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
    classifier = Classifier(read_model(bring(tmp_path)))

    def answer(_: np.ndarray) -> list[np.ndarray]:
        return [np.full((1, 3), np.nan, np.float32)]

    monkeypatch.setattr(classifier._session, "run", answer)
    picture = np.zeros((8, 8, 3), np.uint8)
    assert classifier.labels(picture, picture) == []
