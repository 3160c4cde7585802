"""Which codes are found in pictures, and where."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import decode

from image_service.operations import codes

QUIET = 4
"""Modules of white around a code, by its standard."""


def pasted(picture: np.ndarray, text: str, place: tuple[int, int], module: int = 6) -> np.ndarray:
    """A copy with a code whose corner, without its white edge, lies there (left, top)."""
    code = cv2.QRCodeEncoder.create().encode(text)
    dark = np.argwhere(code == 0)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0) + 1
    framed = np.pad(code[top:bottom, left:right], QUIET, constant_values=255)
    large = framed.repeat(module, axis=0).repeat(module, axis=1)
    x, y = place[0] - QUIET * module, place[1] - QUIET * module
    copy = picture.copy()
    copy[y : y + large.shape[0], x : x + large.shape[1]] = large[:, :, None]
    return copy


def photo(pictures: Path, name: str = "coffee.png") -> np.ndarray:
    return decode((pictures / name).read_bytes()).preview


def test_a_code_is_read_where_it_was_pasted(pictures: Path) -> None:
    (found,) = codes.codes(pasted(photo(pictures), "https://example.test/ä", (120, 60)))
    assert (found["kind"], found["text"]) == ("qr", "https://example.test/ä")
    first = found["polygon"][0]
    assert len(found["polygon"]) == 4
    assert (first["x"], first["y"]) == pytest.approx((120 / 600, 60 / 400), abs=0.01)
    assert all(0 <= point[axis] <= 1 for point in found["polygon"] for axis in "xy")


def test_several_codes_come_from_top_to_bottom(pictures: Path) -> None:
    twice = pasted(pasted(photo(pictures), "below", (40, 230)), "above", (300, 40))
    assert [one["text"] for one in codes.codes(twice)] == ["above", "below"]


@pytest.mark.parametrize("name", ["coffee.png", "astronaut.png", "page.png", "rocket.jpg"])
def test_a_picture_without_a_code_gives_none(pictures: Path, name: str) -> None:
    assert codes.codes(photo(pictures, name)) == []


class Detector:
    """Says what it is told to, or raises it."""

    def __init__(self, says: object) -> None:
        self._says = says

    def detectAndDecodeBytesMulti(self, _grey: np.ndarray) -> object:  # noqa: N802  # OpenCV's name
        if isinstance(self._says, Exception):
            raise self._says
        return self._says


BLANK = np.zeros((100, 200, 3), np.uint8)
CORNERS = np.array([[[20, 10], [60, 10], [60, 50], [20, 50]]], np.float32)


def _error(code: int) -> cv2.error:
    error = cv2.error("said by a test")
    error.code = code
    return error


def test_a_picture_on_which_the_detector_fails_has_no_code() -> None:
    assert codes.codes(BLANK, Detector(_error(cv2.Error.StsAssert))) == []


def test_a_detector_without_memory_says_so() -> None:
    with pytest.raises(cv2.error):
        codes.codes(BLANK, Detector(_error(cv2.Error.StsNoMem)))


def test_a_code_that_is_seen_and_not_read_is_left_out() -> None:
    assert codes.codes(BLANK, Detector((True, (b"",), CORNERS, ()))) == []


def test_text_of_the_standards_first_alphabet_is_read() -> None:
    (found,) = codes.codes(BLANK, Detector((True, (b"caf\xe9",), CORNERS, ())))
    assert found["text"] == "café"
    assert found["polygon"][0] == {"x": 0.1, "y": 0.1}
