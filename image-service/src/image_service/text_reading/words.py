"""The words of a line, placed by the columns in which its characters were recognised.

A word is what no space separates; where scripts that are written without spaces (Chinese, Japanese)
meet others, a word ends as well, and a run of theirs counts as one. RapidOCR's own words are not
used: it gives each the confidence of some other one's character, and cuts a line at wide gaps.
"""

import itertools
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

WITHOUT_SPACES = r"\u2e80-\u2fdf\u3005-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{WITHOUT_SPACES}]+|[^\s{WITHOUT_SPACES}]+")
GAP = 0.3
"""Of a character's width, the least between two words."""
UPRIGHT_BELOW = 1.5
"""Boxes that are so much taller than wide are turned by RapidOCR before they are read."""
Corners = NDArray[np.float64]


@dataclass(frozen=True)
class Word:
    """`corners`: four points (x, y) in pixels, clockwise from where the text begins at its top."""

    text: str
    confidence: float
    corners: Corners


def words(text: str, columns: list[int], sure: list[float], count: float, box: Any) -> list[Word]:
    """Of one line. `columns`: the recogniser's, of each character that is no space, out of `count`
    that the line is long; `sure`: the confidence of each character; `box`: the line's four corners
    in pixels, clockwise from the top left."""
    centres = iter((column + 0.5) / count for column in columns)
    at = {place: next(centres) for place, sign in enumerate(text) if not sign.isspace()}
    found = list(WORD.finditer(text))
    advance = _advance(list(at.values()), len(text))
    ends = [(at[one.start()] - advance / 2, at[one.end() - 1] + advance / 2) for one in found]
    return [
        Word(one[0], float(np.mean(sure[one.start() : one.end()])), _part(box, begin, end))
        for one, (begin, end) in zip(found, _apart(ends, GAP * advance), strict=True)
    ]


def reading(box: Any) -> Corners:
    """The corners in the order of the text: what is tall is read from its top down."""
    corners = np.asarray(box, np.float64)
    return np.roll(corners, -1, axis=0) if is_tall(corners) else corners


def is_tall(corners: Corners) -> bool:
    sides = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    return bool(max(sides[1], sides[3]) >= UPRIGHT_BELOW * max(sides[0], sides[2]))


def _advance(centres: list[float], count: int) -> float:
    """From a character to the next: the median, since spaces lie between some."""
    steps = np.diff(centres)
    return float(np.median(steps)) if len(steps) else 1 / count


def _apart(ends: list[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """Within the line, and none nearer than half of `gap` to the middle between it and the next."""
    middles = [(one[1] + two[0]) / 2 for one, two in itertools.pairwise(ends)]
    lower = [0.0, *(middle + gap / 2 for middle in middles)]
    upper = [*(middle - gap / 2 for middle in middles), 1.0]
    return [
        (max(begin, least), min(end, most))
        for (begin, end), least, most in zip(ends, lower, upper, strict=True)
    ]


def _part(box: Any, begin: float, end: float) -> Corners:
    top_left, top_right, bottom_right, bottom_left = reading(box)
    above, below = top_right - top_left, bottom_right - bottom_left
    return np.array(
        [
            top_left + begin * above,
            top_left + end * above,
            bottom_left + end * below,
            bottom_left + begin * below,
        ]
    )
