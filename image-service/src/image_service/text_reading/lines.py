"""Which of the lines that were read are lines: pieces of one are joined, and what is probably no
text is left out. What the rules are worth: docs/decisions/0012-text-has-a-queue-of-its-own.md.
"""

from dataclasses import dataclass

import numpy as np

from image_service.text_reading.words import Corners, Word, is_tall

FEW, SURE = 2, 0.95
"""So few letters and digits must be so certain: the detector takes round things for text, and the
recogniser then reads an 8 or an O."""
SAME_ROW = 0.6
"""Of the taller one's height, that two pieces of a line must have in common."""


@dataclass(frozen=True)
class Line:
    """`corners` as a word's, but from the picture's top left. `is_turned`: read upside down."""

    text: str
    confidence: float
    corners: Corners
    words: tuple[Word, ...]
    is_turned: bool = False


def lines(found: list[Line]) -> list[Line]:
    """In the order given, that of the first piece."""
    whole: list[Line] = []
    for line in found:
        near = [number for number, other in enumerate(whole) if _meet(line, other)]
        if near:
            whole[near[0]] = _joined(whole[near[0]], line)
        else:
            whole.append(line)
    return [line for line in whole if _is_text(line)]


def in_reading_order(found: list[Line]) -> list[Line]:
    """As they are, but backwards on a page that is upside down, or on its side so that the first line is
    at the right."""
    backwards = sum(
        len(line.text) if line.is_turned != is_tall(line.corners) else -len(line.text)
        for line in found
    )
    return found[::-1] if backwards > 0 else found


def _is_text(line: Line) -> bool:
    signs = sum(sign.isalnum() for sign in line.text)
    return signs > FEW or (signs > 0 and line.confidence >= SURE)


def _meet(one: Line, other: Line) -> bool:
    """Beside each other, with ends that overlap: boxes are wider than their text by less than a
    space at each end, so that columns stay apart. Lines that run down have other ends."""
    if one.is_turned != other.is_turned:
        return False
    if any(len(line.text) > 1 and is_tall(line.corners) for line in (one, other)):
        return False
    (left, top), (right, bottom) = one.corners.min(axis=0), one.corners.max(axis=0)
    (x0, y0), (x1, y1) = other.corners.min(axis=0), other.corners.max(axis=0)
    row = min(bottom, y1) - max(top, y0) >= SAME_ROW * max(bottom - top, y1 - y0)
    return bool(row and (left < x0 <= right < x1 or x0 < left <= x1 < right))


def _joined(one: Line, other: Line) -> Line:
    left, right = sorted((one, other), key=lambda line: float(line.corners[:, 0].min()))
    first, last = (right, left) if one.is_turned else (left, right)
    weights = [len(first.text), len(last.text)]
    begin, end = left.corners, right.corners
    return Line(
        f"{first.text} {last.text}",
        float(np.average([first.confidence, last.confidence], weights=weights)),
        np.array([begin[0], end[1], end[2], begin[3]]),
        first.words + last.words,
        one.is_turned,
    )
