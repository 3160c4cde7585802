"""What the camera says is told where it is a value, and is null where it is none."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import decode, encoded
from hostile.files import FILES
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from image_service.instances.server import environment
from image_service.operations import metadata

ORIGINAL, DIGITIZED, OFFSET, OFFSET_DIGITIZED = 0x9003, 0x9004, 0x9011, 0x9012
ISO, SENSITIVITY, REI, SPEED = 0x8827, 0x8831, 0x8832, 0x8833


def told(
    camera: dict[int, Any] | None = None, gps: dict[int, Any] | None = None, **main: Any
) -> dict[str, Any]:
    exif = Image.Exif()
    exif[0x010F] = main.get("make", "Acmecam")
    if "model" in main:
        exif[0x0110] = main["model"]
    exif.get_ifd(0x8769).update(camera or {0x829A: 0.01})
    exif.get_ifd(0x8825).update(gps or {})
    return metadata.metadata(decode(encoded(Image.new("RGB", (8, 8)), "JPEG", exif=exif)).exif)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2020:02:29 10:11:12", "2020-02-29T10:11:12"),
        ("2020-02-29 10:11:12", "2020-02-29T10:11:12"),
        ("2020-02-29T10:11:12", "2020-02-29T10:11:12"),
        ("2020:02:29 10:11:12.345", "2020-02-29T10:11:12"),
        ("2020:02:29 10:11:12,3", "2020-02-29T10:11:12"),
        ("2020:02:29 10:11:12+02:00", "2020-02-29T10:11:12+02:00"),
        ("2020-02-29T10:11:12.5-0530", "2020-02-29T10:11:12-05:30"),
        ("2020-02-29T10:11:12Z", "2020-02-29T10:11:12Z"),
        ("2020/02/29 10:11:12", "2020-02-29T10:11:12"),
        ("2020:02:29 10:11:12\0junk", "2020-02-29T10:11:12"),
        (" 2020:02:29 10:11:12 ", "2020-02-29T10:11:12"),
        ("2024:02:29 23:59:59", "2024-02-29T23:59:59"),
    ],
)
def test_a_date_is_read_however_it_is_written(written: str, meant: str) -> None:
    assert told({ORIGINAL: written})["taken_at"] == meant


@pytest.mark.parametrize(
    "written",
    [
        "0000:00:00 00:00:00",
        "2019:02:30 10:00:00",
        "2019:02:29 10:00:00",
        "2019:13:01 10:00:00",
        "2019:00:10 10:00:00",
        "2019:01:32 10:00:00",
        "2019:01:01 24:00:00",
        "2019:01:01 10:60:00",
        "2019:01:01 10:00:61",
        "    :  :     :  :  ",
        "",
        "0001:01:01 00:00:00",
        "yesterday",
        "2019:01:01",
        "2019:01:01 10:00",
        "19:01:01 10:00:00",
        "2019:01:01 10:00:00+99:99",
        "1601:01:01 00:00:00",
        "2019:01:01 10:00:00-15:00",
        "2019:01:01 10:00:00+02:75",
    ],
)
def test_what_is_no_date_is_null(written: str) -> None:
    assert told({ORIGINAL: written})["taken_at"] is None


@pytest.mark.parametrize(
    ("offset", "meant"),
    [
        ("+02:00", "+02:00"),
        ("-09:30", "-09:30"),
        ("Z", "Z"),
        ("   :  ", ""),
        ("", ""),
        ("soon", ""),
    ],
)
def test_an_offset_of_its_own_tag_is_told(offset: str, meant: str) -> None:
    assert (
        told({ORIGINAL: "2020:02:29 10:11:12", OFFSET: offset})["taken_at"]
        == f"2020-02-29T10:11:12{meant}"
    )


def test_an_offset_that_no_place_has_makes_no_date() -> None:
    assert told({ORIGINAL: "2020:02:29 10:11:12", OFFSET: "+99:99"})["taken_at"] is None


@pytest.mark.parametrize("original", [None, "0000:00:00 00:00:00", "2019:02:30 10:00:00"])
def test_when_it_was_digitised_is_the_second_choice(original: str | None) -> None:
    camera = {DIGITIZED: "2020:02:29 10:11:12", OFFSET_DIGITIZED: "+01:00"}
    if original is not None:
        camera[ORIGINAL] = original
    assert told(camera)["taken_at"] == "2020-02-29T10:11:12+01:00"


DEGREES = {1: "N", 2: (48.0, 8.0, 14.5), 3: "E", 4: (11.0, 34.0, 31.0)}


@pytest.mark.parametrize(
    "gps",
    [
        DEGREES,
        {**DEGREES, 9: "A"},
        {**DEGREES, 1: "S", 3: "W"},
        {**DEGREES, 1: "n\0", 3: "e\0"},
        {**DEGREES, 2: (90.0, 0.0, 0.0), 4: (180.0, 0.0, 0.0)},
        {**DEGREES, 2: (0.0, 0.0, 0.0)},
        {**DEGREES, 0: b"\2\3\0\0", 29: "2020:01:01"},
    ],
)
def test_a_position_is_told(gps: dict[int, Any]) -> None:
    assert told(gps=gps)["has_gps"] is True


NOTHING = IFDRational(0, 0)


@pytest.mark.parametrize(
    "gps",
    [
        {},
        {0: b"\2\3\0\0"},
        {29: "2020:01:01", 7: (10.0, 11.0, 12.0)},
        {**DEGREES, 9: "V"},
        {**DEGREES, 9: "v\0"},
        {**DEGREES, 2: (NOTHING, NOTHING, NOTHING)},
        {**DEGREES, 4: (11.0, NOTHING, 0.0)},
        {**DEGREES, 2: (91.0, 0.0, 0.0)},
        {**DEGREES, 2: (90.0, 1.0, 0.0)},
        {**DEGREES, 4: (181.0, 0.0, 0.0)},
        {**DEGREES, 2: (48.0, 60.0, 0.0)},
        {**DEGREES, 1: "X"},
        {**DEGREES, 3: ""},
        {key: value for key, value in DEGREES.items() if key > 2},
        {key: value for key, value in DEGREES.items() if key != 3},
        {**DEGREES, 2: (0.0, 0.0, 0.0), 4: (0.0, 0.0, 0.0)},
    ],
)
def test_what_is_no_position_is_none(gps: dict[int, Any]) -> None:
    assert told(gps=gps)["has_gps"] is False


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Model 1\0\0\0Fgarbage 77", "Model 1"),
        ("Model 1   \0", "Model 1"),
        ("\0Model", None),
        ("   ", None),
        (b"Kamera \xc3\xa4\xc3\xb6\0", "Kamera äö"),
        (b"Kamera \xe4", "Kamera ä"),
        ("写真機".encode(), "写真機"),
        (b"Model\x07 \x1b1", "Model 1"),
        ("x" * 300, "x" * 100),
    ],
)
def test_text_ends_at_nul_and_is_utf_8_where_it_is(written: str | bytes, meant: str | None) -> None:
    assert told(model=written)["model"] == meant


@pytest.mark.parametrize(
    ("camera", "meant"),
    [
        ({ISO: 400}, 400),
        ({ISO: (200, 0)}, 200),
        ({ISO: 65534}, 65534),
        ({ISO: 65535, SENSITIVITY: 102400}, 102400),
        ({ISO: 65535, REI: 204800}, 204800),
        ({ISO: 65535, SPEED: 409600}, 409600),
        ({ISO: 65535}, 65535),
        ({SPEED: 3200}, 3200),
        ({ISO: 0}, None),
    ],
)
def test_iso_comes_from_its_second_tag_where_the_first_is_too_small(
    camera: dict[int, Any], meant: int | None
) -> None:
    assert told(camera)["iso"] == meant


PRINTS = """
import pathlib
import sys
from image_service.errors import Refused
from image_service.operations import metadata
from image_service.picture.decode import decode
for name in sys.argv[1:]:
    try:
        metadata.metadata(decode(pathlib.Path(name).read_bytes(), 50_000_000, whole=True).exif)
    except (Refused, MemoryError):
        pass
"""


def test_no_library_says_anything(tmp_path: Path) -> None:
    """On standard error or output, of hostile files that are small."""
    names = []
    for number, hostile in enumerate(
        one for one in FILES if "bomb" not in one.name and "49" not in one.name
    ):
        (tmp_path / str(number)).write_bytes(hostile.make())
        names.append(str(tmp_path / str(number)))
    done = subprocess.run(
        [sys.executable, "-W", "default", "-c", PRINTS, *names],
        env=environment(),
        capture_output=True,
        check=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("", "")
