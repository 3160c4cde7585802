"""Pages of any length, either way up, and in scripts that the model does not know."""

import json
import re
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from conftest import encoded
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from image_service.instances.answers import Analysed
from image_service.local_engine import text_analysis
from image_service.text_reading import reader as text_reader
from image_service.text_reading.reader import Reader

SCRIPTS_FOLDER = Path(__file__).parents[1] / "scripts"
SCRIPTS = sorted(SCRIPTS_FOLDER.glob("*.png"))
KNOWN = json.loads((SCRIPTS_FOLDER / "known" / "lines.json").read_text())
LINES = ["Harbour market opens at nine", "Bread 4.20 Cheese 7.95", "Total due 12.15 EUR"]
SENTENCE = "The ferry to the island leaves at a quarter past seven every morning"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def page(
    *lines: str, size: int = 34, width: int = 900, ground: str = "white", ink: str = "black"
) -> Image.Image:
    picture = Image.new("RGB", (width, 40 + 2 * size * len(lines)), ground)
    for number, line in enumerate(lines):
        place = (30, 20 + 2 * size * number)
        ImageDraw.Draw(picture).text(place, line, ink, ImageFont.load_default(size))
    return picture


def texts(reader: Reader, picture: Image.Image) -> list[str]:
    return [line["text"] for line in reader.read(np.asarray(picture.convert("RGB"))).lines]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize(("ground", "ink"), [("white", "black"), ("navy", "yellow")])
def test_a_page_is_read_whichever_way_it_lies(
    reader: Reader, turn: int, ground: str, ink: str
) -> None:
    turned = page(*LINES, ground=ground, ink=ink).rotate(turn, expand=True)
    assert texts(reader, turned) == LINES


def test_words_of_a_page_upside_down_stand_where_they_are(reader: Reader) -> None:
    upright, turned = page(*LINES), page(*LINES).rotate(180)
    expected = reader.read(np.asarray(upright)).lines
    found = reader.read(np.asarray(turned)).lines
    for line, other in zip(expected, found, strict=True):
        assert [word["text"] for word in line["words"]] == [word["text"] for word in other["words"]]
        for word, same in zip(line["words"], other["words"], strict=True):
            left, top = word["box"]["left"], word["box"]["top"]
            assert same["box"]["left"] + same["box"]["width"] == pytest.approx(1 - left, abs=0.02)
            assert same["box"]["top"] + same["box"]["height"] == pytest.approx(1 - top, abs=0.06)


def test_on_a_page_upside_down_a_word_that_reads_either_way_is_turned_too(reader: Reader) -> None:
    assert texts(reader, page(*LINES, "916 SOS").rotate(180)) == [*LINES, "916 SOS"]


@pytest.mark.parametrize("picture", SCRIPTS, ids=lambda path: path.stem)
def test_nothing_is_invented_of_another_script(reader: Reader, picture: Path) -> None:
    with Image.open(picture) as line:
        found = reader.read(np.asarray(line.convert("RGB")))
    assert ([line["text"] for line in found.lines], found.unread) == ([], 1)


@pytest.mark.parametrize("turn", [90, 180, 270])
@pytest.mark.parametrize("picture", SCRIPTS[::5], ids=lambda path: path.stem)
def test_nor_when_it_lies_another_way(reader: Reader, picture: Path, turn: int) -> None:
    with Image.open(picture) as line:
        assert texts(reader, line.convert("RGB").rotate(turn, expand=True, fillcolor="white")) == []


def test_latin_lines_among_those_of_another_script_are_read(reader: Reader) -> None:
    with Image.open(next(path for path in SCRIPTS if "russian" in path.name)) as line:
        both = page("Gate 14 closes at 10:25", width=900)
        both.paste(line.convert("RGB"), (20, 70))
    found = reader.read(np.asarray(both))
    assert [line["text"] for line in found.lines] == ["Gate 14 closes at 10:25"]


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("spoilt", ["plain", "soft", "small", "underlined"])
def test_lines_of_known_scripts_are_read_though_they_look_odd(
    reader: Reader, name: str, spoilt: str
) -> None:
    with Image.open(SCRIPTS_FOLDER / "known" / f"{name}.png") as line:
        picture = line.convert("RGB")
    match spoilt:
        case "soft":
            picture = picture.filter(ImageFilter.GaussianBlur(1.2))
        case "small":
            picture = picture.resize((picture.width // 2, picture.height // 2))
        case "underlined":
            foot = picture.height - 15
            ImageDraw.Draw(picture).line((30, foot, picture.width - 30, foot), "black", 2)
    (found,) = texts(reader, picture)
    assert SequenceMatcher(None, _letters(found), _letters(KNOWN[name])).ratio() >= 0.9, found


@pytest.mark.parametrize(
    "line", ["W I D E   L E T T E R S", "ILLINOIS illicit fjord MMXXVI", "B2B, R2-D2, 4x4"]
)
def test_letters_of_any_width_and_distance_are_read(reader: Reader, line: str) -> None:
    (found,) = texts(reader, page(line))
    assert _letters(found) == _letters(line)


@pytest.mark.parametrize(
    ("height", "size", "width"),
    [(6000, 30, 1080), (3000, 16, 700)],
    ids=["a phone's", "small letters"],
)
def test_a_long_screenshot_is_read_from_top_to_bottom(
    tmp_path: Path, height: int, size: int, width: int
) -> None:
    count = (height - 40) // 100
    lines = [f"Line {number} of the page ends here" for number in range(count)]
    picture = Image.new("RGB", (width, height), "white")
    for number, line in enumerate(lines):
        ImageDraw.Draw(picture).text(
            (40, 40 + 100 * number), line, "black", ImageFont.load_default(size)
        )
    assert _analysed(picture, tmp_path) == lines


def test_a_banner_is_read_along_its_whole_length(tmp_path: Path) -> None:
    picture = Image.new("RGB", (8000, 700), "white")
    for number, place in enumerate(range(50, 6000, 1800)):
        line = f"{number} {SENTENCE}"
        ImageDraw.Draw(picture).text(
            (place, 60 + 150 * number), line, "black", ImageFont.load_default(60)
        )
    assert _analysed(picture, tmp_path) == [f"{number} {SENTENCE}" for number in range(4)]


def test_when_the_time_is_over_the_lines_left_are_counted(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_reader, "READ_FOR_S", 0.0)
    found = reader.read(np.asarray(page(*LINES)))
    assert (found.lines, found.unread) == ([], 3)


def _analysed(picture: Image.Image, models_dir: Path) -> list[str]:
    text_analysis.initialize(models_dir)
    found = text_analysis.analyse(encoded(picture, "PNG"), ["text"])
    assert isinstance(found, Analysed)
    (engine,) = found.parts["engines"]
    assert engine["unread_lines"] == 0
    return [line["text"] for line in found.parts["text"]]


def _letters(text: str) -> str:
    """Whether a gap is a space, and how many dots a row has, is not what is asked."""
    return re.sub(r"[\s.\u2026\u00b7-]+", "", text)
