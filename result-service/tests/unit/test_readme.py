"""The README names every module."""

from pathlib import Path

from sightline_testing import readme

HOME = Path(__file__).parents[2]


def test_the_readme_names_every_module_and_no_other() -> None:
    assert readme.faults(HOME, "result_service") == []
