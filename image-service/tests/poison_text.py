"""The same worst, in instances that read text."""

from pathlib import Path

import poison

from image_service.local_engine import text_analysis

analyse = poison.analyse
prepare = text_analysis.prepare


def initialize(models_dir: Path | None) -> None:
    text_analysis.initialize(models_dir)
    poison.remember()
