"""The README names every module."""

from pathlib import Path

import sightline_readme

HOME = Path(__file__).parents[2]


def test_the_readme_names_every_module_and_no_other() -> None:
    assert sightline_readme.faults(HOME, "result_service") == []
