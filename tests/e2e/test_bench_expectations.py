"""What `make bench` says of figures that have fallen."""

import json
from pathlib import Path

import pytest

from bench import expected

ROWS = [
    ("a read", "   1874 /s   0.60 of straight   0.66 ms CPU of the gateway"),
    ("a job", "  11.59 ms   14.0 calls of the store"),
    ("a time", "   18.7 ms p50"),
    ("another read", "    100 /s   0.10 of straight"),
]


def test_ratios_and_counts_are_read_and_times_are_not() -> None:
    assert expected.figures(ROWS) == {"a read": 0.6, "a job": 14.0, "another read": 0.1}


@pytest.mark.parametrize(
    ("ratio", "count", "fallen"),
    [(0.6, 14, []), (0.74, 14, []), (0.76, 14, ["a read"]), (0.6, 13.9, ["a job"])],
)
def test_what_is_worse_than_the_tolerance_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ratio: float, count: float, fallen: list[str]
) -> None:
    file = tmp_path / "expected.json"
    limits = {"ratios_at_least": {"a read": ratio, "none": 1}, "counts_at_most": {"a job": count}}
    file.write_text(json.dumps({"tolerance": 0.2, **limits}))
    monkeypatch.setattr(expected, "FILE", file)
    assert [line.partition(":")[0] for line in expected.fallen(ROWS)] == fallen


def test_the_committed_figures_can_be_compared() -> None:
    assert expected.fallen([]) == []
