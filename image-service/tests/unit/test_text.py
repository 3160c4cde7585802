"""What is read of pictures whose text is known."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import decode, encoded
from PIL import Image, ImageDraw, ImageFont

from image_service.instances.answers import Analysed
from image_service.instances.server import environment
from image_service.local_engine import text_analysis
from image_service.text_reading.reader import ONNXRuntimeError, Reader

PAGE = "Let us first determine markers of the coins and the"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def _painted(*lines: str) -> Image.Image:
    """Black on white, 640 x 480, a line each 100 pixels, from the left edge's 50th pixel."""
    picture = Image.new("RGB", (640, 480), "white")
    for number, line in enumerate(lines):
        place = (50, 60 + 100 * number)
        ImageDraw.Draw(picture).text(place, line, "black", ImageFont.load_default(40))
    return picture


def test_a_printed_page_is_read_line_by_line(reader: Reader, pictures: Path) -> None:
    found = reader.read(decode((pictures / "page.png").read_bytes()).preview).lines
    assert PAGE in [line["text"] for line in found]
    assert [line["box"]["top"] for line in found] == sorted(line["box"]["top"] for line in found)


def test_each_line_stands_where_it_was_painted(reader: Reader) -> None:
    first, second = reader.read(np.asarray(_painted("Sightline", "Invoice 4711"))).lines
    assert [first["text"], second["text"]] == ["Sightline", "Invoice 4711"]
    assert {first["kind"], second["kind"]} == {"line"}
    assert 0.9 < first["confidence"] <= 1
    assert first["box"]["left"] == pytest.approx(50 / 640, abs=0.03)
    assert second["box"]["top"] - first["box"]["top"] == pytest.approx(100 / 480, abs=0.03)
    assert len(first["polygon"]) == 4
    across = [point["x"] for point in first["polygon"]]
    assert min(across) == first["box"]["left"]
    assert max(across) == pytest.approx(first["box"]["left"] + first["box"]["width"], abs=1e-3)


def test_each_word_stands_where_it_was_painted(reader: Reader) -> None:
    """Within a fifth of the font's size."""
    (line,) = reader.read(np.asarray(_painted("Open from 8 to 18"))).lines
    assert [word["text"] for word in line["words"]] == line["text"].split()
    font = ImageFont.load_default(40)
    begin = 50.0
    for word in line["words"]:
        end = begin + font.getlength(word["text"])
        left, right = (word["box"]["left"], word["box"]["left"] + word["box"]["width"])
        assert (left * 640, right * 640) == (pytest.approx(begin, abs=8), pytest.approx(end, abs=8))
        assert len(word["polygon"]) == 4
        assert 0.9 < word["confidence"] <= 1
        begin = end + font.getlength(" ")


def test_a_line_that_runs_down_has_its_words_one_below_the_other(reader: Reader) -> None:
    strip = _painted("Open from 8").crop((0, 40, 400, 130)).rotate(-90, expand=True)
    (line,) = reader.read(np.asarray(strip)).lines
    assert [word["text"] for word in line["words"]] == ["Open", "from", "8"]
    tops = [word["box"]["top"] for word in line["words"]]
    assert tops == sorted(tops)


def test_a_round_thing_is_no_letter(reader: Reader, pictures: Path) -> None:
    """The cup was read as an 8."""
    assert reader.read(decode((pictures / "coffee.png").read_bytes()).preview).lines == []


def test_what_is_coloured_is_read_as_it_looks(reader: Reader) -> None:
    red_on_blue = Image.new("RGB", (400, 120), (0, 0, 160))
    ImageDraw.Draw(red_on_blue).text((20, 30), "STOP 24", "red", ImageFont.load_default(50))
    assert [line["text"] for line in reader.read(np.asarray(red_on_blue)).lines] == ["STOP 24"]


def test_text_at_the_edge_stays_within_the_picture(reader: Reader) -> None:
    cut = _painted("Sightline").crop((50, 60, 260, 110))
    (line,) = reader.read(np.asarray(cut)).lines
    assert all(0 <= value <= 1 for value in line["box"].values())
    assert line["box"]["left"] + line["box"]["width"] <= 1.0001
    assert all(0 <= point[axis] <= 1 for point in line["polygon"] for axis in "xy")


def test_a_picture_without_text_gives_no_line(reader: Reader, pictures: Path) -> None:
    assert reader.read(decode((pictures / "chelsea.png").read_bytes()).preview).lines == []


@pytest.mark.parametrize(
    "size", [(1, 1), (1, 1280), (1280, 1), (3, 640), (1280, 20)], ids=lambda size: f"{size}"
)
def test_a_picture_of_odd_shape_gives_no_line(reader: Reader, size: tuple[int, int]) -> None:
    assert reader.read(np.asarray(Image.new("RGB", size, "grey"))).lines == []


def test_a_result_says_who_read_it_and_holds_what_else_was_asked_for(tmp_path: Path) -> None:
    text_analysis.initialize(tmp_path)
    stored = encoded(_painted("Sightline").rotate(90, expand=True), "JPEG", exif=_upright(6))
    found = text_analysis.analyse(stored, ["text", "hash"])
    assert isinstance(found, Analysed)
    assert [line["text"] for line in found.parts["text"]] == ["Sightline"]
    assert found.parts["hash"] is not None
    (engine,) = [one for one in found.parts["engines"] if one["operation"] == "text"]
    assert (engine["name"], engine["model"], engine["degraded"]) == (
        "local",
        "ppocrv6-small",
        False,
    )


def _upright(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def test_its_engine_tells_nobody_and_leaves_nothing(pictures: Path, tmp_path: Path) -> None:
    """By the environment of an instance: a thread and files would tell of telemetry."""
    read = (
        "import sys, os, cv2, image_service.text_reading.reader as t;"
        "t.Reader().read(cv2.imread(sys.argv[1])); print(len(os.listdir('/proc/self/task')))"
    )
    modules = {**environment(), "HOME": str(tmp_path)}
    command = [sys.executable, "-c", read, str(pictures / "page.png")]
    told = subprocess.run(command, env=modules, capture_output=True, check=True, text=True)
    assert told.stdout.strip() == "1"
    assert list(tmp_path.rglob("*")) == []


def test_where_no_text_is_read_its_engine_is_not_loaded() -> None:
    loaded = "import sys, image_service.local_engine.analysis as _; print(*sys.modules)"
    command = [sys.executable, "-c", loaded]
    told = subprocess.run(command, env=environment(), capture_output=True, check=True, text=True)
    assert not {"rapidocr", "onnxruntime"} & set(told.stdout.split())


def test_a_session_that_gets_no_memory_says_so() -> None:
    class Short(Reader):
        def __init__(self) -> None:
            self._engine = _short_of_memory

    with pytest.raises(MemoryError):
        Short().read(np.zeros((8, 8, 3), np.uint8))


def _short_of_memory(_image: np.ndarray, **_options: bool) -> None:
    raise ONNXRuntimeError("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : std::bad_alloc")
