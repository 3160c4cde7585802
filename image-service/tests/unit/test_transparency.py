"""What is transparent lies on the ground that contrasts with it, and has no colour."""

import coded
import numpy as np
import pytest
from conftest import decode, encoded
from PIL import Image, ImageDraw, ImageFont

from image_service.operations import codes, colors
from image_service.picture import transparency

FORMATS = {"PNG": {}, "WEBP": {"lossless": True}, "AVIF": {"quality": 95}, "TIFF": {}, "HEIF": {}}


def letters(colour: tuple[int, ...], mode: str = "RGBA") -> Image.Image:
    page = Image.new("RGBA", (300, 100), (*colour[:3], 0))
    ImageDraw.Draw(page).text((10, 20), "Sightline", (*colour[:3], 255), ImageFont.load_default(50))
    return page.convert(mode)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (250, 240, 120), (30, 30, 90)])
def test_letters_stand_out(kind: str, colour: tuple[int, int, int]) -> None:
    work = decode(encoded(letters(colour), kind, **FORMATS[kind])).work
    assert int(work.max()) - int(work.min()) > 150


@pytest.mark.parametrize("mode", ["LA", "PA", "P"])
def test_letters_of_any_mode_stand_out(mode: str) -> None:
    page = letters((255, 255, 255)).convert("LA")
    if mode == "P":
        picture = letters((255, 255, 255)).quantize(8)
        data = encoded(picture, "PNG")
    else:
        data = encoded(page, "PNG")
    assert decode(data).work.std() > 20


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("kind", ["qr", "data-matrix", "ean-13"])
def test_a_code_on_nothing_is_read(inverted: bool, kind: str) -> None:
    dark = 255 - coded.code(kind)
    shade = np.full_like(dark, 255 if inverted else 0)
    picture = Image.merge("LA", (Image.fromarray(shade), Image.fromarray(dark)))
    found = decode(encoded(picture, "PNG"), whole=True)
    assert found.grey is not None
    assert [one["text"] for one in codes.codes(found.grey)] == [coded.TEXTS[kind]]


@pytest.mark.parametrize("side", [60, 3000])
def test_colours_are_those_of_what_is_seen(side: int) -> None:
    picture = Image.new("RGBA", (side, side), (0, 200, 0, 0))
    picture.paste((210, 30, 40, 255), (side // 4, side // 4, side // 2, side // 2))
    found = decode(encoded(picture, "PNG", compress_level=1))
    assert [one["hex"] for one in colors.colors(found.work, found.visible)] == ["#d21e28"]


def test_thin_lines_have_their_colour() -> None:
    picture = Image.new("RGBA", (640, 640), (0, 0, 0, 0))
    ImageDraw.Draw(picture).line((0, 320, 640, 320), (10, 60, 200, 255), 2)
    found = decode(encoded(picture, "PNG"))
    (line,) = colors.colors(found.work, found.visible)
    assert line["hex"] in ("#0a3cc8", "#0b3cc8")


def test_nothing_at_all_has_no_colour() -> None:
    found = decode(encoded(Image.new("RGBA", (40, 40), (9, 9, 9, 0)), "PNG"))
    assert colors.colors(found.work, found.visible) == []


def test_an_opaque_picture_with_a_channel_for_it_counts_whole() -> None:
    found = decode(encoded(Image.new("RGBA", (40, 40), (9, 9, 9, 255)), "PNG"))
    assert found.visible is None


def test_a_photo_with_round_corners_lies_on_white() -> None:
    grey, alpha = np.full((100, 100), 120, np.uint8), np.full((100, 100), 255, np.uint8)
    alpha[:10, :10] = 0
    assert transparency.ground(grey, alpha) == transparency.WHITE
    assert transparency.ground(np.full_like(grey, 240), alpha) == transparency.BLACK
