"""`make accuracy`: recall, precision and cost of each operation on the labelled set."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from accuracy.cases import cases, coded_cases
from accuracy.large import rows
from accuracy.measure import photo_scores, row_scores, scores
from accuracy.photos import photos
from conftest import MAKE_MODELS

from image_service.local_engine import text_analysis

ROW = "{:<18}{:>9}{:>8}{:>11}{:>8}{:>8}{:>8}{:>10}"


def main() -> None:
    with TemporaryDirectory() as models:
        given = os.environ.get("MODELS_DIR") or "models"
        subprocess.run([sys.executable, str(MAKE_MODELS), given, models], check=True, timeout=60)
        measure(Path(models))


def measure(models: Path) -> None:
    found = importlib.util.find_spec("skimage")
    assert found is not None
    assert found.origin is not None
    text_analysis.initialize(models)
    pictures = Path(found.origin).parent / "data"
    measured = scores(cases(pictures), text_analysis.analyse)
    measured |= photo_scores(photos(pictures), text_analysis.analyse)
    measured |= row_scores([*coded_cases(pictures), *rows(pictures)], text_analysis.analyse)
    print(
        ROW.format(
            "operation", "pictures", "recall", "precision", "hits", "missed", "false", "CPU ms"
        )
    )
    for name, score in measured.items():
        shares = ["-" if one is None else f"{one:.3f}" for one in (score.recall, score.precision)]
        print(
            ROW.format(
                name,
                score.pictures,
                *shares,
                score.hits,
                score.misses,
                score.false,
                f"{score.cpu_ms:.0f}",
            )
        )


main()
