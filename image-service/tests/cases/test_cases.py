"""Pictures with their right values, each a test; what each stands for has neighbours in tests/unit."""

import difflib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from image_service.instances.answers import Analysed
from image_service.local_engine import text_analysis

HERE = Path(__file__).parent
CASES = json.loads((HERE / "cases.json").read_text())
ALIKE, NEAR = 0.9, 4


@pytest.fixture(scope="module")
def engine(models_dir: Path) -> Callable[[bytes, list[str]], Any]:
    text_analysis.initialize(models_dir)
    return text_analysis.analyse


def field(parts: dict[str, Any], dotted: str) -> Any:
    for name in dotted.split("."):
        parts = parts[name]
    return parts


def channels(colour: str) -> list[int]:
    return list(bytes.fromhex(colour[1:]))


def near(one: str, other: str) -> bool:
    pairs = zip(channels(one), channels(other), strict=True)
    return all(abs(a - b) <= NEAR for a, b in pairs)


def texts(parts: dict[str, Any]) -> set[str]:
    return {one["text"] for one in parts["text"]}


def found_share(parts: dict[str, Any], lines: list[str]) -> float:
    def is_found(line: str) -> bool:
        return any(difflib.SequenceMatcher(None, line, one).ratio() > ALIKE for one in texts(parts))

    return sum(map(is_found, lines)) / len(lines)


def two_main_near(parts: dict[str, Any], wanted: list[str]) -> bool:
    main = [one["hex"] for one in parts["colors"][:2]]
    return all(any(near(one, found) for found in main) for one in wanted)


def is_one_of_the_sets(parts: dict[str, Any], wanted: list[str]) -> bool:
    return texts(parts) in (set(wanted), set())


def contains_or_empty(parts: dict[str, Any], wanted: str) -> bool:
    return not texts(parts) or any(wanted in one for one in texts(parts))


Holds = Callable[[dict[str, Any], Any], bool]
BY_NAME: dict[str, Holds] = {
    "status": lambda _, wanted: wanted == "succeeded",  # it was analysed
    "lines": lambda _, wanted: len(wanted) > 0,  # what lines_found_at_least counts
    "lines_count": lambda parts, wanted: len(parts["text"]) == wanted,
    "codes_count": lambda parts, wanted: len(parts["codes"]) == wanted,
    "faces_count": lambda parts, wanted: len(parts["faces"]) == wanted,
    "colors_hex_sorted": lambda parts, wanted: sorted(c["hex"] for c in parts["colors"]) == wanted,
    "two_main_colors_within_4": two_main_near,
    "codes_text": lambda parts, wanted: [one["text"] for one in parts["codes"]] == wanted,
    "text_set": lambda parts, wanted: texts(parts) == set(wanted),
    "text_set_or_empty": is_one_of_the_sets,
    "text_contains_or_empty": contains_or_empty,
}


def holds(name: str, wanted: Any, parts: dict[str, Any], lines: list[str]) -> bool:
    """A name that is none of these is a field of the result."""
    if name == "lines_found_at_least":
        return found_share(parts, lines) >= wanted
    if name in BY_NAME:
        return BY_NAME[name](parts, wanted)
    value = field(parts, name)
    return bool(wanted[0] <= value <= wanted[1] if isinstance(wanted, list) else value == wanted)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_a_picture_has_its_right_values(
    case: dict[str, Any], engine: Callable[[bytes, list[str]], Any]
) -> None:
    answer = engine((HERE / case["file"]).read_bytes(), case["operations"])
    assert isinstance(answer, Analysed), answer
    wrong = {
        name: wanted
        for name, wanted in case["expect"].items()
        if not holds(name, wanted, answer.parts, case["expect"].get("lines", []))
    }
    assert wrong == {}, case["kind"]


def test_each_picture_has_a_case_and_is_small() -> None:
    pictures = [path for path in HERE.iterdir() if path.suffix in (".png", ".jpg")]
    assert {path.name for path in pictures} == {case["file"] for case in CASES}
    assert max(path.stat().st_size for path in pictures) < 200_000
