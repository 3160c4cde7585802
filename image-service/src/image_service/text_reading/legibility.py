"""Tells lines that were recognised from those of which the model knows a part of the characters, or none.

PP-OCRv6 knows Latin, Chinese and Japanese. Of Cyrillic, Arabic, Thai and others it leaves most characters
out, and takes some for Latin ones that look alike, with confidences up to 1. What it leaves out shows: ink
stands where no character was recognised, or the recogniser wavers there. How well: see
docs/decisions/0012-text-has-a-queue-of-its-own.md.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from image_service.picture.decode import Pixels

EM_COLUMNS, EM_LEAST, EM_MOST = 4.8, 2.5, 7.0
"""The recogniser's columns in the width of an m, of a line of usual height."""
CERTAIN = 0.9
"""A line that is less looks wrong."""
WAVERING = 0.15
"""Probability that a column between characters holds one."""
WAVERS_AT_MOST, WAVERS_IF_SURE, SURE = 0, 1, 0.95
LEFT_OUT_IN_WORD, LEFT_OUT_AT_SPACE, LEFT_OUT_AT_END = 0.36, 0.5, 1.5
"""Ems of ink without a character, within a word, beside a space, and at the line's ends, where the box of a
line reaches over its text into whatever is around."""
PLAIN = 0.1
"""Of the pixels at a line's edges, how many may be ink on plain ground. On any other, what is no character
says nothing outside of words."""
BESIDE, BESIDE_COLUMNS = 0.1, 0.5
"""Ems, or columns where those are more, that a character may stand beside its place."""
ALIKE = 0.7
"""Of the misfit of usual widths, the most that is left where a typeface has characters of one width."""
INK_LEAST, INK_SHARE = 30, 0.45
"""Levels of grey, and the share of the greatest difference from the ground, from which on it is ink."""
GREEK_WORD = r"[\u0370-\u03ff\u1f00-\u1fff]{2}"
"""The model knows Greek letters, as in formulas, but none with an accent."""
VIETNAMESE = (
    r"[\u01a0\u01a1\u01af\u01b0]|\b[\u0110\u0111][b-df-hj-np-tv-z]|[^\Wl]\u00b7|\u00b7[^\Wl]"
)
"""Letters that no other language has, \u0111 before a consonant, since the vowel between them is lost, and a
point within a word in place of a letter, where it is not Catalan's."""
NOT_KNOWN_WHOLE = re.compile(f"{GREEK_WORD}|{VIETNAMESE}")
MIXED = re.compile(
    r"[^\W\d_]\d+[^\W\d_]|\b\d+[^\W\d_]+\d"
    r"|[\u0370-\u03ff][A-Za-z]|[A-Za-z][\u0370-\u03ff]"
    r"|\b(?:\d+[^\W\d_]|[^\W\d_]+\d)\w*\W+(?:\d+[^\W\d_]|[^\W\d_]+\d)"
)
"""Digits or Greek letters among others: in a line that is not certain, signs of Hebrew, Armenian or Tamil."""
TALL = 0.25
"""Of a line's height, what ink has that may be a letter; dots, dashes and rules below a line have less."""
NARROW, WIDE = (
    frozenset("iljtfrI.,:;'!|()[]{}`\u2018\u2019\"\u0131\u026a1-\u00b7"),
    frozenset("mwMW@%"),
)
NARROW_EM, WIDE_EM, CAPITAL_EM, OTHER_EM, FULL_EM = 0.34, 0.9, 0.68, 0.56, 1.0


@dataclass(frozen=True)
class Sign:
    """A character, and the first and the last of the recogniser's columns that say so."""

    character: str
    confidence: float
    first: int
    last: int

    @property
    def centre(self) -> float:
        return (self.first + self.last + 1) / 2


def is_legible(
    line: Pixels, signs: Sequence[Sign], probabilities: NDArray[np.float32], columns: float
) -> bool:
    """Whether the signs are all that the line holds. `probabilities`: of shape (columns, characters), the
    first of which is that of no character and the last that of a space; `columns`: the line's own."""
    text = "".join(sign.character for sign in signs)
    if not text.strip() or NOT_KNOWN_WHOLE.search(text):
        return False
    mean = np.mean([sign.confidence for sign in signs])
    if mean < CERTAIN and MIXED.search(text):
        return False
    ink, is_plain = _ink(line)
    wavers = _wavers(signs, probabilities, _per_column(ink, columns))
    if wavers > (WAVERS_IF_SURE if mean >= SURE else WAVERS_AT_MOST):
        return False
    return not _leaves_out(signs, columns, ink, is_plain=is_plain)


def _per_column(ink: NDArray[np.bool_], columns: float) -> NDArray[np.bool_]:
    """Whether there is ink in each of the recogniser's columns."""
    places = np.flatnonzero(ink) * columns / len(ink)
    return np.asarray(np.bincount(places.astype(int), minlength=round(columns)) > 0)


def _wavers(
    signs: Sequence[Sign], probabilities: NDArray[np.float32], ink: NDArray[np.bool_]
) -> int:
    """How often there may be a character beside those recognised."""
    maybe = probabilities[: len(ink), 1:-1].sum(axis=1)
    for sign in signs:
        maybe[max(0, sign.first - 1) : sign.last + 2] = 0
    peaks = np.flatnonzero((maybe > WAVERING) & ink[: len(maybe)])
    return int(np.sum(np.diff(peaks, prepend=-2) > 1))


def _leaves_out(
    signs: Sequence[Sign], columns: float, ink: NDArray[np.bool_], *, is_plain: bool
) -> bool:
    width = len(ink)
    centres = (np.arange(width) + 0.5) * columns / width
    em, halves = _widths(signs)
    letters = [
        (sign.centre, half + max(BESIDE * em, BESIDE_COLUMNS))
        for sign, half in zip(signs, halves, strict=True)
        if not sign.character.isspace()
    ]
    covered = np.any([np.abs(centres - centre) <= half for centre, half in letters], axis=0)
    # The gap that a column lies in: before the first letter, between two, or after the last.
    gaps = np.searchsorted([centre for centre, _ in letters], centres)
    left_out = np.bincount(gaps, weights=ink & ~covered, minlength=len(letters) + 1)
    allowed = np.array(_allowed(signs, is_plain=is_plain)) * em * width / columns
    return bool(np.any(left_out >= allowed))


def _widths(signs: Sequence[Sign]) -> tuple[float, list[float]]:
    """An em in columns, and half the width of each sign: as in most typefaces, or all alike where that
    fits better."""
    usual = np.array([_usual_width(sign.character) for sign in signs])
    pairs = [
        (number, other.centre - one.centre)
        for number, (one, other) in enumerate(pairwise(signs))
        if not (one.character.isspace() or other.character.isspace())
    ]
    if len(pairs) < 3:  # noqa: PLR2004
        return EM_COLUMNS, list(usual * EM_COLUMNS / 2)
    steps = np.array([step for _, step in pairs])
    expected = np.array([(usual[number] + usual[number + 1]) / 2 for number, _ in pairs])
    em = float(np.clip(np.median(steps / expected), EM_LEAST, EM_MOST))
    step = float(np.median(steps))
    if np.median(np.abs(steps - step)) < ALIKE * np.median(np.abs(steps - em * expected)):
        return em, [step / 2] * len(signs)
    return em, list(usual * em / 2)


def _usual_width(character: str) -> float:
    """In ems."""
    if unicodedata.east_asian_width(character) in "WF":
        return FULL_EM
    plain = unicodedata.normalize("NFD", character)[0]
    if plain in NARROW:
        return NARROW_EM
    if plain in WIDE:
        return WIDE_EM
    return CAPITAL_EM if plain.isupper() else OTHER_EM


def _ink(line: Pixels) -> tuple[NDArray[np.bool_], bool]:
    """In which columns of pixels something as tall as a letter stands out from the ground, the usual grey at
    the edges; and whether the ground is plain."""
    grey = line.mean(axis=2)
    edges = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    difference = np.abs(grey - np.median(edges))
    least = max(INK_LEAST, INK_SHARE * difference.max())
    is_plain = np.mean(np.abs(edges - np.median(edges)) > least) <= PLAIN
    return _is_tall(difference > least), bool(is_plain)


def _is_tall(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of each column whether its ink, with that of the columns beside it, reaches over a part of the
    height."""
    height = len(ink)
    near = ink.copy()
    near[:, 1:] |= ink[:, :-1]
    near[:, :-1] |= ink[:, 1:]
    top, bottom = near.argmax(axis=0), height - near[::-1].argmax(axis=0)
    return np.asarray(ink.any(axis=0) & (bottom - top >= TALL * height))


def _allowed(signs: Sequence[Sign], *, is_plain: bool) -> list[float]:
    """The ems of ink that may be without a character: before the first letter, between each two, after the
    last."""
    space, end = (LEFT_OUT_AT_SPACE, LEFT_OUT_AT_END) if is_plain else (np.inf, np.inf)
    allowed, at_space = [], False
    for sign in signs:
        if sign.character.isspace():
            at_space = True
        else:
            allowed.append(space if at_space else LEFT_OUT_IN_WORD)
            at_space = False
    return [end, *allowed[1:], end]
