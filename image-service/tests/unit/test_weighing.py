"""What the detector's word counts beside what the classifier sees."""

from typing import Any

import pytest

from image_service.label_models.weighing import Look, weighed


def look(*, denied: set[str] | None = None, backed: set[str] | None = None) -> Look:
    return Look([], "", frozenset(denied or ()), frozenset(backed or ()))


def label(name: str, *instances: tuple[float, float]) -> dict[str, Any]:
    """With the confidence and the area of each instance."""
    places = [
        {"box": {"left": 0, "top": 0, "width": 1, "height": area}, "confidence": sure}
        for sure, area in instances
    ]
    return {"name": name, "confidence": max(sure for sure, _ in instances), "instances": places}


@pytest.mark.parametrize(
    ("said", "counts"), [(0.3, 0.2), (0.6, 0.4), (0.75, 0.5), (0.9, 0.8), (1.0, 1.0)]
)
def test_what_is_large_and_unseen_counts_for_less(said: float, counts: float) -> None:
    (kept,) = weighed([label("vase", (said, 0.5))], look())
    assert (kept["confidence"], kept["instances"][0]["confidence"]) == (counts, counts)


@pytest.mark.parametrize(
    ("name", "area", "seen"),
    [("vase", 0.5, {"vase"}), ("vase", 0.09, set()), ("person", 0.5, set())],
    ids=["backed", "small", "a person"],
)
def test_what_the_classifier_sees_or_cannot_see_counts_in_full(
    name: str, area: float, seen: set[str]
) -> None:
    (kept,) = weighed([label(name, (0.6, area))], look(backed=seen))
    assert kept["confidence"] == 0.6


def test_what_is_denied_is_left_out_unless_it_is_small() -> None:
    assert weighed([label("bear", (0.9, 0.5))], look(denied={"bear"})) == []
    (kept,) = weighed([label("bear", (0.9, 0.5), (0.7, 0.04))], look(denied={"bear"}))
    assert (kept["confidence"], len(kept["instances"])) == (0.7, 1)


def test_a_label_is_as_certain_as_its_surest_instance() -> None:
    (kept,) = weighed([label("vase", (0.75, 0.5), (0.6, 0.05))], look())
    assert (kept["confidence"], [one["confidence"] for one in kept["instances"]]) == (
        0.6,
        [0.5, 0.6],
    )
