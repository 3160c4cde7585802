"""Which codes are found in pictures, what they say, and where."""

import base64
from pathlib import Path

import coded
import cv2
import numpy as np
import pytest
import zxingcpp
from conftest import decode, encoded
from PIL import Image

from image_service.operations import code_regions, codes, maxicode
from image_service.operations.codes import KINDS

F = zxingcpp.BarcodeFormat
LINEAR = ("ean-13", "ean-8", "upc-a", "upc-e", "code-39", "code-93", "code-128", "codabar", "itf")


def photo(pictures: Path, name: str = "coffee.png") -> np.ndarray:
    with Image.open(pictures / name) as picture:
        return np.asarray(picture.convert("L"))


def read(picture: np.ndarray) -> list[tuple[str, str]]:
    return [(one["kind"], one["text"]) for one in codes.codes(np.ascontiguousarray(picture))]


@pytest.mark.parametrize("kind", coded.CONTENTS)
def test_a_code_is_told_by_its_kind(kind: str) -> None:
    assert read(coded.code(kind)) == [(kind, coded.TEXTS[kind])]


@pytest.mark.parametrize("kind", coded.CONTENTS)
@pytest.mark.parametrize("way", ["bright on dark", "turned 45", "turned 90", "shaded"])
def test_a_code_is_read_however_it_lies(pictures: Path, kind: str, way: str) -> None:
    assert read(coded.ways(photo(pictures))[way](kind)) == [(kind, coded.TEXTS[kind])]


@pytest.mark.parametrize(
    ("format_", "content", "kind"),
    [
        (F.MicroPDF417, "small", "pdf417"),
        (F.CompactPDF417, "compact", "pdf417"),
        (F.AztecRune, "25", "aztec"),
        (F.Code39Ext, "lower case", "code-39"),
        (F.ITF14, "10012345678902", "itf"),
        (F.DataBarLtd, "0012345678905", "databar"),
        (F.DataBarStk, "0012345678905", "databar"),
        (F.DataBarStkOmni, "0012345678905", "databar"),
        (F.DataBarExpStk, "[01]90012345678908", "databar-expanded"),
    ],
)
def test_a_variant_is_told_by_its_kind(format_: object, content: str, kind: str) -> None:
    ((found, _),) = read(coded.written(format_, content))
    assert found == kind


@pytest.mark.parametrize(
    "text",
    [
        "Grüße",
        "日本語テスト",
        "Привет мир",
        "한국어",
        "ticket ✓ 😀",
        "two\nlines",
        "a\ttab",
    ],
)
@pytest.mark.parametrize("format_", [F.QRCode, F.DataMatrix, F.Aztec, F.PDF417])
def test_text_of_all_scripts_is_read(format_: object, text: str) -> None:
    (found,) = codes.codes(coded.written(format_, text))
    assert (found["text"], found["bytes"]) == (text, None)


def test_text_that_calls_itself_bytes_is_text() -> None:
    (found,) = codes.codes(coded.written(F.QRCode, "Bahnhof Zürich".encode()))
    assert (found["text"], found["bytes"]) == ("Bahnhof Zürich", None)


@pytest.mark.parametrize("format_", [F.QRCode, F.DataMatrix, F.Aztec, F.PDF417])
@pytest.mark.parametrize("content", [bytes(range(200)), b"\x89PNG\r\n\x1a\n\0", b"\xff\xfe\x80"])
def test_what_is_no_text_is_given_in_base64(format_: object, content: bytes) -> None:
    (found,) = codes.codes(coded.written(format_, content))
    assert found["text"] == ""
    assert base64.b64decode(found["bytes"]) == content


class Liar:
    """Says that its bytes are text, as a code may that names a character set which it has not."""

    content_type = zxingcpp.ContentType.Text
    bytes = b"\xff\xfe"

    @property
    def text(self) -> str:
        return self.bytes.decode()


def test_text_that_is_none_is_given_as_bytes() -> None:
    assert codes._text(Liar()) is None


def test_fields_of_a_parcel_keep_their_separators() -> None:
    content = "[)>\x1e06\x1dPABC\x1e\x04"
    (found,) = codes.codes(coded.written(F.DataMatrix, content))
    assert (found["text"], found["bytes"]) == (content, None)


def test_a_code_is_told_where_it_lies(pictures: Path) -> None:
    ground = cv2.resize(photo(pictures), (1200, 800))
    symbol = coded.code("qr", module=6, quiet=4)
    ground[100 : 100 + symbol.shape[0], 200 : 200 + symbol.shape[1]] = symbol
    (found,) = codes.codes(ground)
    inner = 8 * 6  # the writer's own quiet zone as well
    first, _, third, _ = found["polygon"]
    assert (first["x"] * 1200, first["y"] * 800) == pytest.approx((200 + inner, 100 + inner), abs=8)
    assert (third["x"] - first["x"]) * 1200 == pytest.approx(symbol.shape[1] - 2 * inner, abs=12)


@pytest.mark.parametrize("kind", ["qr", "aztec", "data-matrix", "code-128", "ean-13", "maxicode"])
@pytest.mark.parametrize("quarters", range(4))
def test_a_code_is_told_how_it_lies(kind: str, quarters: int) -> None:
    """Its corners begin with its own top left, and its turn is clockwise."""
    upright = coded.code(kind)
    (found,) = codes.codes(np.ascontiguousarray(np.rot90(upright, -quarters)))
    assert abs((found["orientation"] - 90 * quarters + 180) % 360 - 180) <= 2
    first = found["polygon"][0]
    left, top = first["x"] < 0.5, first["y"] < 0.5
    assert (left, top) == [(True, True), (False, True), (False, False), (True, False)][quarters]


def test_several_codes_come_from_top_to_bottom(pictures: Path) -> None:
    ground = cv2.resize(photo(pictures), (1200, 1600))
    for top, kind in ((1100, "code-128"), (60, "qr"), (560, "data-matrix")):
        symbol = coded.code(kind)
        ground[top : top + symbol.shape[0], 80 : 80 + symbol.shape[1]] = symbol
    assert [kind for kind, _ in read(ground)] == ["qr", "data-matrix", "code-128"]


def test_two_codes_that_say_the_same_are_two() -> None:
    for kind in ("qr", "ean-13"):
        assert len(read(np.hstack([coded.code(kind)] * 2))) == 2
    assert len(read(np.vstack([coded.code("qr")] * 2))) == 2


@pytest.mark.parametrize(
    "name",
    [
        "coffee.png",
        "astronaut.png",
        "page.png",
        "rocket.jpg",
        "camera.png",
        "coins.png",
        "text.png",
        "grass.png",
        "gravel.png",
        "brick.png",
        "motorcycle_left.png",
        "chelsea.png",
        "moon.png",
    ],
)
def test_a_photo_without_a_code_gives_none(pictures: Path, name: str) -> None:
    grey = photo(pictures, name)
    assert read(grey) == []
    assert read(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_texture_gives_no_code(seed: int) -> None:
    """Bars, noise, checks and a table: what looks like codes the most."""
    some = np.random.default_rng(seed)
    widths = some.integers(1, 5, 400) * 3
    bars = np.repeat(np.arange(400) % 2 * 255, widths)[:1000].astype(np.uint8)
    noise = some.integers(0, 2, (120, 120), dtype=np.uint8).repeat(5, 0).repeat(5, 1) * 255
    lines = np.full((600, 800), 255, np.uint8)
    lines[:, np.cumsum(some.integers(4, 40, 18))] = 0
    lines[np.cumsum(some.integers(8, 40, 12))] = 0
    for texture in (np.tile(bars, (300, 1)), noise, lines):
        assert read(texture) == []
        assert read(coded.turned(texture, 20)) == []


def test_a_part_of_a_code_is_no_code() -> None:
    """ITF's ends are as plain as its digits."""
    assert read(coded.written(F.ITF, "1234")) == []
    for degrees in (10, 15, 20, 25):
        assert read(coded.turned(coded.code("itf"), degrees)) == [("itf", "12345678")]


@pytest.mark.parametrize("kind", ["qr", "ean-13"])
def test_a_small_code_in_a_large_picture_is_read_in_the_file(pictures: Path, kind: str) -> None:
    """At the preview's size its modules are smaller than a pixel."""
    large = coded.on(photo(pictures), coded.code(kind, 3), (4000, 3000))
    for name, options in (("JPEG", {"quality": 90}), ("PNG", {}), ("WEBP", {"method": 0})):
        data = encoded(Image.fromarray(large).convert("RGB"), name, **options)
        picture = decode(data, whole=True)
        assert picture.grey is not None
        assert picture.grey.shape == (3000, 4000)
        assert read(picture.grey) == [(kind, coded.TEXTS[kind])]


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_turned_picture_has_its_codes_where_they_are_seen(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    symbol = coded.code("qr")
    upright = Image.fromarray(np.pad(symbol, ((0, 0), (0, 400)), constant_values=255))
    data = encoded(upright.transpose(Image.Transpose.ROTATE_90), kind, exif=exif)
    picture = decode(data, whole=True)
    assert picture.grey is not None
    (found,) = codes.codes(picture.grey)
    assert (picture.width, picture.height) == upright.size
    assert found["orientation"] == 0
    assert all(point["x"] < 0.5 for point in found["polygon"])


def test_without_codes_the_full_picture_is_not_kept() -> None:
    assert decode(encoded(Image.new("L", (8, 8)), "PNG")).grey is None


def test_each_format_that_is_looked_for_has_a_kind() -> None:
    looked_for = set(zxingcpp.barcode_formats_list(codes._ALL)) & set(
        zxingcpp.barcode_formats_list(zxingcpp.BarcodeFormats([F.AllReadable]))
    )
    groups = {F.EANUPC, F.ISBN}  # no code is told as one of them
    assert looked_for - groups <= set(KINDS)
    assert set(KINDS.values()) == set(coded.CONTENTS)


def test_a_picture_of_one_pixel_has_no_code() -> None:
    for size in ((1, 1), (1, 900), (900, 1), (3, 3)):
        assert read(np.zeros(size, np.uint8)) == []


def test_a_region_knows_its_place_in_the_picture(pictures: Path) -> None:
    ground = np.full((900, 1200), 200, np.uint8)
    symbol = coded.turned(coded.code("code-128"), 40, 200)
    ground[100 : 100 + symbol.shape[0], 300 : 300 + symbol.shape[1]] = symbol
    centres = [
        one.places(np.array([[one.pixels.shape[1] / 2, one.pixels.shape[0] / 2]]))[0]
        for one in code_regions.regions(ground)
    ]
    middle = (300 + symbol.shape[1] / 2, 100 + symbol.shape[0] / 2)
    assert any(np.hypot(*(centre - middle)) < 20 for centre in centres)


def test_a_region_without_anything_dark_is_no_maxicode() -> None:
    assert maxicode.cuts(np.full((50, 50), 255, np.uint8)) == []
