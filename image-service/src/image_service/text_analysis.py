"""What runs inside an instance of the text pool: the same as in any other, and text besides."""

from pathlib import Path

from image_service import analysis
from image_service.operations.text import Reader

analyse = analysis.analyse
prepare = analysis.prepare


def initialize(models_dir: Path | None) -> None:
    analysis.initialize(models_dir, Reader())
