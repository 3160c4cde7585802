"""What a line says, recognised as it stands or upside down, and whether that is all of it."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidocr.ch_ppocr_rec import TextRecognizer

from image_service.picture.decode import Pixels
from image_service.text_reading.legibility import CERTAIN, Sign, is_legible

BLANK, HEIGHT = 0, 48
"""The recogniser's word for nothing, and the height in pixels that it takes a line in."""
TURNED_FROM = 3
"""Signs of a line that may be tried upside down."""
Probabilities = NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """`signs`: of each character of `text`. `columns`: how many the recogniser had for the line.
    `is_legible`: False where something in the line is no character that the model knows."""

    text: str
    confidence: float
    signs: tuple[Sign, ...]
    columns: float
    is_legible: bool
    is_turned: bool

    @property
    def is_certain(self) -> bool:
        return self.is_legible and self.confidence >= CERTAIN


class Recogniser:
    """`recognizer`: RapidOCR's, whose session and characters are used."""

    def __init__(self, recognizer: TextRecognizer) -> None:
        self._recognizer = recognizer
        self._characters: list[str] = recognizer.postprocess_op.character

    def read(self, line: Pixels, *, is_turned: bool = False) -> Reading:
        """`line`: in BGR, of shape (height, width, 3); `is_turned`: read it upside down. Raises
        ONNXRuntimeError."""
        pixels = np.ascontiguousarray(np.rot90(line, 2)) if is_turned else line
        probabilities, columns = self._recognise(pixels)
        signs = self._signs(probabilities)
        return Reading(
            "".join(sign.character for sign in signs),
            float(np.mean([sign.confidence for sign in signs])) if signs else 0.0,
            signs,
            columns,
            is_legible(pixels, signs, probabilities, columns),
            is_turned,
        )

    def read_either_way(self, line: Pixels) -> Reading:
        """Upside down too where the line looks wrong as it stands. What has fewer signs is mostly no text:
        to try it twice finds a letter in a cup."""
        upright = self.read(line)
        if upright.is_certain or len(upright.signs) < TURNED_FROM:
            return upright
        turned = self.read(line, is_turned=True)
        if len(turned.signs) < TURNED_FROM:
            return upright
        if not upright.is_legible:
            return turned if turned.is_certain else upright
        return max(upright, turned, key=lambda reading: (reading.is_legible, reading.confidence))

    def _recognise(self, line: Pixels) -> tuple[Probabilities, float]:
        """Of shape (columns, characters), and how many of the columns the line has: what is narrow is
        filled up on its right."""
        ratio = line.shape[1] / line.shape[0]
        taken = max(ratio, self._recognizer.rec_image_shape[2] / HEIGHT)
        batch = self._recognizer.resize_norm_img(line, taken)[np.newaxis].astype(np.float32)
        probabilities: Any = self._recognizer.session(batch)
        return probabilities[0], len(probabilities[0]) * ratio / taken

    def _signs(self, probabilities: Probabilities) -> tuple[Sign, ...]:
        """By greedy decoding (Graves et al., 2006): runs of one character count once."""
        signs = []
        for kind, run in groupby(enumerate(probabilities.argmax(axis=1)), key=lambda item: item[1]):
            places = [column for column, _ in run]
            first, last = places[0], places[-1]
            if kind != BLANK:
                confidence = float(probabilities[first, kind])
                signs.append(Sign(self._characters[kind], confidence, first, last))
        return tuple(signs)
