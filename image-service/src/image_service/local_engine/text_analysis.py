"""Runs inside an instance of the queue for text: all that other instances do, and reading text."""

from pathlib import Path

from image_service.local_engine import analysis
from image_service.text_reading.reader import Reader

analyse = analysis.analyse
prepare = analysis.prepare


def initialize(models_dir: Path | None) -> None:
    analysis.initialize(models_dir, Reader())
