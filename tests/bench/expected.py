"""What `make bench` found before, and whether it has fallen: `expected.json` beside this.

Only ratios of one run and counts are compared, since times are those of a machine. A row that it does not name is not.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path

FILE = Path(__file__).with_name("expected.json")
_FIGURE = re.compile(r"(\d+(?:\.\d+)?) (?:calls )?of ")
"""The first ratio or count of a row: "0.62 of straight", "11.2 calls of the store"."""


def figures(rows: Iterable[tuple[str, str]]) -> dict[str, float]:
    """By the name of each row that has one."""
    found = {name: _FIGURE.search(value) for name, value in rows}
    return {name: float(one[1]) for name, one in found.items() if one}


def fallen(rows: Iterable[tuple[str, str]]) -> list[str]:
    """A line for each row that is worse than expected by more than the tolerance."""
    expected = json.loads(FILE.read_text(encoding="utf-8"))
    found, tolerance = figures(rows), expected["tolerance"]
    lines = [
        f"{name}: {found[name]:g}, expected {least:g} at the least"
        for name, least in expected["ratios_at_least"].items()
        if name in found and found[name] < least * (1 - tolerance)
    ]
    return lines + [
        f"{name}: {found[name]:g}, expected {most:g} at the most"
        for name, most in expected["counts_at_most"].items()
        if name in found and found[name] > most
    ]
