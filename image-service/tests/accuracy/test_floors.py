"""What the engine must not fall below, on the labelled set. No figure of time is held."""

from pathlib import Path

import pytest
from accuracy.cases import cases
from accuracy.measure import Score, scores

from image_service.local_engine import text_analysis


@pytest.fixture(scope="module")
def measured(pictures: Path, models_dir: Path) -> dict[str, Score]:
    text_analysis.initialize(models_dir)
    return scores(cases(pictures), text_analysis.analyse)


@pytest.mark.parametrize(
    ("operation", "recall", "precision"),
    [("faces", 0.95, 0.97), ("text", 0.94, 0.94), ("codes", 0.8, 1.0), ("labels", 0.95, 0.95)],
)
def test_an_operation_keeps_its_recall_and_precision(
    measured: dict[str, Score], operation: str, recall: float, precision: float
) -> None:
    score = measured[operation]
    assert score.recall is not None
    assert score.precision is not None
    assert (score.recall >= recall, score.precision >= precision) == (True, True), score


def test_no_harmless_picture_is_explicit(measured: dict[str, Score]) -> None:
    """Recall cannot be measured: no picture that should be found is free to be kept."""
    assert measured["moderation"].pictures > 50
    assert measured["moderation"].false == 0
