"""Detectors that somebody brings: where they find things, in each layout; what is off, and why."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from brought import bring
from brought_detector import ANYTHING, LABELS, bring_detector, detector
from conftest import encoded
from PIL import Image

from image_service.instances.answers import Analysed
from image_service.label_models.delivered import CLASSIFIER, DETECTOR
from image_service.label_models.detectors import Detector, layout, letterboxed
from image_service.label_models.folders import LAYOUTS, Detection, UnusableModel, read_model
from image_service.local_engine.analysis import analyse, initialize
from image_service.local_engine.label_check import LabelCheck

RED, GREEN = (255, 0, 0), (0, 255, 0)
DELIVERED = {DETECTOR.name, CLASSIFIER.name}


def picture(
    size: tuple[int, int], *squares: tuple[tuple[int, int], int, tuple[int, int, int]]
) -> bytes:
    """Black, and on it squares: left and top, side, colour."""
    made = Image.new("RGB", size)
    for (left, top), side, colour in squares:
        made.paste(colour, (left, top, left + side, top + side))
    return encoded(made, "PNG")


def labelled(models_dir: Path, data: bytes) -> dict[str, Any]:
    initialize(models_dir)
    found = analyse(data, ["labels"])
    assert isinstance(found, Analysed)
    return found.parts


def from_models(parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in parts["labels"] if one["source"] == "model"]


def brought_engines(parts: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in parts["engines"][1:] if one["model"] not in DELIVERED]


SURE = {"yolov8": 1.0, "yolov5": ANYTHING, "end-to-end": 1.0, "yolox": ANYTHING}


@pytest.mark.parametrize("kind", LAYOUTS)
@pytest.mark.parametrize(
    ("size", "left", "top", "width", "height"),
    [
        ((64, 64), 0.25, 0.375, 0.125, 0.125),
        ((128, 64), 0.25, 0.25, 0.125, 0.25),
        ((64, 128), 0.25, 0.25, 0.25, 0.125),
    ],
    ids=["square", "wide", "tall"],
)
def test_a_thing_is_found_where_it_is(
    tmp_path: Path,
    kind: str,
    size: tuple[int, int],
    left: float,
    top: float,
    width: float,
    height: float,
) -> None:
    """Once: its double lies on it. What is wide or tall was laid on grey, and that is no place."""
    bring_detector(tmp_path, kind, layout=kind)
    square = ((round(left * size[0]), round(top * size[1])), round(width * size[0]), RED)
    parts = labelled(tmp_path, picture(size, square))
    box = {"left": left, "top": top, "width": width, "height": height}
    assert from_models(parts) == [
        {
            "name": "red",
            "confidence": SURE[kind],
            "source": "model",
            "model": "squares",
            "parents": [],
            "categories": [],
            "aliases": [],
            "instances": [{"box": box, "confidence": SURE[kind]}],
        }
    ]
    (brought,) = brought_engines(parts)
    assert (brought["model"], brought["version"], brought["degraded"]) == ("squares", "3", False)


def test_a_large_picture_is_looked_at_in_the_size_that_the_model_wants(tmp_path: Path) -> None:
    bring_detector(tmp_path, "yolov8")
    parts = labelled(tmp_path, picture((2560, 1280), ((640, 320), 320, RED)))
    ((instance,),) = [one["instances"] for one in from_models(parts)]
    assert instance["box"] == {"left": 0.25, "top": 0.25, "width": 0.125, "height": 0.25}


def test_a_label_has_all_its_instances_and_the_confidence_of_its_surest(tmp_path: Path) -> None:
    bring_detector(tmp_path, "yolov8")
    pale = (240, 0, 0)
    squares = (((0, 0), 8, pale), ((32, 32), 8, RED), ((48, 48), 8, GREEN))
    red, green = sorted(
        from_models(labelled(tmp_path, picture((64, 64), *squares))),
        key=lambda one: one["name"],
        reverse=True,
    )
    assert [one["confidence"] for one in red["instances"]] == [1.0, round(240 / 255, 4)]
    assert (red["name"], red["confidence"]) == ("red", 1.0)
    assert [one["box"]["left"] for one in green["instances"]] == [0.75]


def test_things_of_two_labels_may_lie_on_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each row has the one label that is the surest, and another row that is no double another."""
    model = Detector(read_model(bring_detector(tmp_path, "yolov8")))
    rows = np.array(
        [[8, 8, 8, 8, 0.95, 0.94, 0], [8, 8, 8, 8, 0, 0, 0.93], [8, 8, 8, 8, 0.92, 0, 0]]
    )
    monkeypatch.setattr(model._session, "run", lambda _: [rows.T[None].astype(np.float32)])
    square = np.zeros((64, 64, 3), np.uint8)
    found = {one["name"]: len(one["instances"]) for one in model.labels(square, square)}
    assert found == {"red": 1, "blue": 1}


def test_how_much_two_things_may_overlap_can_be_said(tmp_path: Path) -> None:
    bring_detector(tmp_path, "yolov8", iou=0.9)
    ((*instances,),) = [
        one["instances"]
        for one in from_models(labelled(tmp_path, picture((64, 64), ((8, 8), 8, RED))))
    ]
    assert [one["box"]["left"] for one in instances] == [0.125, pytest.approx(9 / 64, abs=1e-4)]


def test_what_is_less_certain_than_the_folder_says_is_not_found(tmp_path: Path) -> None:
    bring_detector(tmp_path, "yolov8")
    assert from_models(labelled(tmp_path, picture((64, 64), ((8, 8), 8, (220, 0, 0))))) == []


def test_the_usual_thresholds_hold_where_nothing_is_said(tmp_path: Path) -> None:
    folder = bring(
        tmp_path, "plain", manifest={"kind": "detector"}, **{"preprocessor_config.json": None}
    )
    found = read_model(folder)
    assert found.detection == Detection(None, 0.25, 0.45)
    assert (found.input.size, found.input.mean, found.input.std[0]) == ((640, 640), (0, 0, 0), 1)


def test_labels_that_have_no_place_have_no_instance(tmp_path: Path) -> None:
    bring(tmp_path)
    bring_detector(tmp_path, "end-to-end")
    labels = labelled(tmp_path, picture((64, 64)))["labels"]
    assert {one["source"] for one in labels} == {"model", "derived"}
    assert all(one["instances"] == [] for one in labels)


def test_the_same_picture_gives_the_same_labels(tmp_path: Path) -> None:
    bring_detector(tmp_path, "yolov5")
    squares = [((8 * column, 8 * row), 8, RED) for column in range(8) for row in range(8)]
    data = picture((64, 64), *squares)
    first, second = (labelled(tmp_path, data)["labels"] for _ in range(2))
    assert first == second


BAD: list[tuple[dict[str, Any], str]] = [
    ({"kind": "describer"}, "kind or layout"),
    ({"layout": "yolov1"}, "kind or layout"),
    ({"confidence": "much"}, "no number"),
    ({"confidence": 0}, "between 0 and 1"),
    ({"iou": 1.5}, "between 0 and 1"),
    ({"layout": "yolov5"}, "(1, 7, 128) for 3 labels"),
    ({"config.json": {"id2label": {"0": "red"}}}, "(1, 7, 128) for 1 labels"),
    ({"config.json": {"id2label": {}}}, "for 0 labels"),
    ({"preprocessor_config.json": {"size": 32}}, "(1, 3, 32, 32)"),
    ({"preprocessor_config.json": {"size": 4096}}, "size of 0 or above"),
    ({"preprocessor_config.json": {"size": "wide"}}, "preprocessor_config.json"),
    ({"model.onnx": b"no model"}, "cannot be run"),
]


@pytest.mark.parametrize(("changes", "why"), BAD, ids=lambda one: str(one)[:40])
async def test_a_detector_that_fails_a_check_is_off_and_says_why(
    tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    """The others go on. What a service that is asked how it is says is what `LabelCheck` gives."""
    bring_detector(tmp_path, "yolov8", "bad", **changes)
    bring_detector(tmp_path, "yolov8", "good")
    parts = labelled(tmp_path, picture((64, 64), ((8, 8), 8, RED)))
    assert [one["name"] for one in from_models(parts)] == ["red"]
    assert [(one["model"], one["degraded"]) for one in brought_engines(parts)] == [
        ("bad", True),
        ("good", False),
    ]
    check = LabelCheck(tmp_path)
    await check.run()
    assert check.faults.keys() - DELIVERED == {"bad"}
    assert why in str(await check.check())


def test_a_layout_that_cannot_be_told_from_the_shape_has_to_be_said(tmp_path: Path) -> None:
    """Of one label, YOLOv5 gives as many columns as what is end-to-end."""
    only = {"config.json": {"id2label": {"0": "red"}}, "model.onnx": detector("yolov5", 1)}
    with pytest.raises(UnusableModel, match="yolov5 or end-to-end"):
        Detector(read_model(bring_detector(tmp_path, "yolov5", "unsaid", **only)))
    said = bring_detector(tmp_path, "yolov5", "said", layout="yolov5", **only)
    found = Detector(read_model(said)).labels(
        np.zeros((8, 8, 3), np.uint8), np.full((64, 64, 3), RED, np.uint8)
    )
    assert [one["name"] for one in found] == ["red"]


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [((1, 84, 8400), "yolov8"), ((1, 25200, 85), "yolov5"), ((1, 300, 6), "end-to-end")],
)
def test_the_shapes_of_the_usual_exports_are_known(shape: tuple[int, ...], wanted: str) -> None:
    assert layout(np.zeros(shape, np.float32), 80, None, (640, 640)) == wanted


@pytest.mark.parametrize(
    "given",
    [
        np.zeros((2, 84, 9), np.float32),
        np.zeros((84, 9), np.float32),
        np.zeros((1, 84, 9), np.float64),
    ],
    ids=["two pictures", "no picture", "doubles"],
)
def test_another_shape_is_refused(given: np.ndarray) -> None:
    with pytest.raises(UnusableModel, match="80 labels"):
        layout(given, 80, None, (640, 640))


def test_numbers_that_name_no_label_and_places_that_are_none_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Detector(read_model(bring_detector(tmp_path, "end-to-end")))
    nowhere, none = float("nan"), float("inf")
    rows = np.array(
        [
            [
                [0, 0, 8, 8, 0.95, len(LABELS)],
                [0, 0, 8, 8, 0.95, -1],
                [0, 0, 8, nowhere, 0.95, 0],
                [0, 0, none, 8, 0.95, 0],
                [0, 0, 8, 8, nowhere, 0],
                [-30, -30, -20, -20, 0.95, 0],
                [8, 8, 200, 16, 1.5, 2],
            ]
        ],
        np.float32,
    )
    monkeypatch.setattr(model._session, "run", lambda _: [rows])
    square = np.zeros((64, 64, 3), np.uint8)
    (blue,) = model.labels(square, square)
    assert (blue["name"], blue["confidence"]) == ("blue", 1.0)
    assert blue["instances"][0]["box"] == {
        "left": 0.125,
        "top": 0.125,
        "width": 0.875,
        "height": 0.125,
    }


def test_of_a_crowd_a_hundred_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The surest, of places that are all a little apart."""
    model = Detector(read_model(bring_detector(tmp_path, "yolov8", iou=1.0)))
    rows = [[32 + number / 100, 32, 8, 8, 0.95 + number / 1e5, 0, 0] for number in range(300)]
    found = np.array(rows, np.float32).T[None]
    monkeypatch.setattr(model._session, "run", lambda _: [found])
    wide = np.zeros((1280, 1280, 3), np.uint8)
    (red,) = model.labels(wide, wide)
    assert len(red["instances"]) == 100
    assert red["instances"][0]["confidence"] == red["confidence"] == 0.953
    monkeypatch.setattr(model._session, "run", lambda _: [np.zeros((1, 7, 0), np.float32)])
    assert model.labels(wide, wide) == []


@pytest.mark.parametrize("size", [(1, 1280), (1280, 1), (1, 1), (333, 777)], ids=str)
def test_a_picture_of_any_shape_fits_whole(size: tuple[int, int]) -> None:
    fitted, scale, (left, top) = letterboxed(np.zeros((*size, 3), np.uint8), (640, 640))
    assert fitted.shape == (640, 640, 3)
    dark = np.argwhere(fitted[:, :, 0] == 0)
    assert dark.min(axis=0).tolist() == [top, left]
    assert (np.ptp(dark, axis=0) + 1).tolist() == pytest.approx(
        [size[0] * scale[1], size[1] * scale[0]]
    )
