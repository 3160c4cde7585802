"""What becomes of what the recogniser read: words, whole lines, and what is no text."""

import numpy as np
import pytest

from image_service.text_reading.lines import Line, lines
from image_service.text_reading.words import words

BOX = np.array([[0, 0], [100, 0], [100, 20], [0, 20]], float)


def line(text: str, left: float, right: float, *, top: float = 0, sure: float = 0.99) -> Line:
    corners = np.array([[left, top], [right, top], [right, top + 20], [left, top + 20]], float)
    return Line(text, sure, corners, ())


def placed(text: str, box: np.ndarray = BOX) -> list[tuple[str, list[float]]]:
    """Words and their bounds, of text whose signs stand in a column of ten each."""
    columns = [place for place, sign in enumerate(text) if not sign.isspace()]
    found = words(text, columns, [0.9] * len(text), 10, box)
    return [(one.text, [*one.corners.min(axis=0), *one.corners.max(axis=0)]) for one in found]


def test_a_word_is_what_no_space_separates() -> None:
    assert placed("No 5, thx!") == [
        ("No", pytest.approx([0, 0, 20, 20])),
        ("5,", pytest.approx([30, 0, 50, 20])),
        ("thx!", pytest.approx([60, 0, 100, 20])),
    ]


def test_a_run_of_signs_that_are_written_without_spaces_is_one_word() -> None:
    assert [word for word, _ in placed("東京駅 Exit南口A")] == ["東京駅", "Exit", "南口", "A"]
    assert [word for word, _ in placed("서울 역")] == ["서울", "역"]


def test_words_lie_in_their_line_and_not_on_each_other() -> None:
    read = words("ii mm", [0, 1, 8, 9], [1.0] * 5, 10, BOX)
    (_, first), (second, _) = [(one.corners[:, 0].min(), one.corners[:, 0].max()) for one in read]
    assert 0 <= first < second
    assert all(one.corners.min() >= 0 and one.corners.max() <= 100 for one in read)


def test_a_word_is_as_certain_as_its_own_signs() -> None:
    first, second = words("ab c", [0, 1, 3], [1.0, 0.8, 0.1, 0.5], 4, BOX)
    assert (first.confidence, second.confidence) == (pytest.approx(0.9), 0.5)


def test_what_is_tall_is_read_from_its_top() -> None:
    tall = np.array([[0, 0], [20, 0], [20, 100], [0, 100]], float)
    assert placed("No thanks!", tall)[0] == ("No", pytest.approx([0, 0, 20, 20]))


def test_a_word_of_a_sloping_line_slopes() -> None:
    sloping = np.array([[0, 50], [100, 0], [110, 20], [10, 70]], float)
    (_, second) = words("aaaa bbbbb", [0, 1, 2, 3, 5, 6, 7, 8, 9], [1.0] * 10, 10, sloping)
    assert second.corners == pytest.approx(np.array([[50, 25], [100, 0], [110, 20], [60, 45]]))


def test_pieces_of_a_line_are_joined_in_the_order_of_reading() -> None:
    (whole,) = lines([line("entry", 45, 120, sure=0.9), line("No", 0, 50, sure=0.6)])
    assert whole.text == "No entry"
    assert whole.confidence == pytest.approx((2 * 0.6 + 5 * 0.9) / 7)
    assert [*whole.corners.min(axis=0), *whole.corners.max(axis=0)] == [0, 0, 120, 20]


@pytest.mark.parametrize(
    "other",
    [line("entry", 55, 120), line("entry", 45, 120, top=12), line("entry", 10, 40)],
    ids=["a column beside it", "a line below it", "a line within it"],
)
def test_what_is_no_piece_of_a_line_stays_apart(other: Line) -> None:
    assert [one.text for one in lines([line("Gate", 0, 50), other])] == ["Gate", "entry"]


def test_lines_that_run_down_beside_each_other_stay_apart() -> None:
    down = [
        Line(name, 0.99, np.array([[x, 0], [x + 20, 0], [x + 20, 90], [x, 90]], float), ())
        for name, x in (("left", 0), ("right", 15))
    ]
    assert [one.text for one in lines(down)] == ["left", "right"]


@pytest.mark.parametrize(
    ("text", "sure", "kept"),
    [
        ("8", 0.94, False),
        ("8", 0.95, True),
        ("CO", 0.94, False),
        ("OK", 0.99, True),
        ("Exit", 0.7, True),
        ("★", 1.0, False),
        ("--", 1.0, False),
        ("A.", 0.9, False),
    ],
)
def test_the_less_there_is_to_read_the_more_certain_it_must_be(
    text: str, sure: float, *, kept: bool
) -> None:
    assert bool(lines([line(text, 0, 50, sure=sure)])) == kept
