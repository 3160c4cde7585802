"""What the trial run of a detector denies."""

from pathlib import Path

import pytest
from brought_detector import bring_detector

from image_service.label_models.detectors import Detector
from image_service.label_models.folders import UnusableModel, read_model


@pytest.mark.parametrize(
    ("model", "said", "why"),
    [
        ("yolox", "yolov5", "sizes that are not above 0: they are not yolov5"),
        ("yolox", None, "yolov5 or yolox"),
        ("yolov5", "yolox", r"\(1, 128, 8\) for 3 labels"),
    ],
)
def test_a_layout_that_the_trial_run_denies_is_refused(
    tmp_path: Path, model: str, said: str | None, why: str
) -> None:
    """A raw YOLOX looks like a YOLOv5, and would find nothing."""
    manifest = {"layout": said} if said else {}
    folder = bring_detector(tmp_path, model, **manifest)
    with pytest.raises(UnusableModel, match=why):
        Detector(read_model(folder))
