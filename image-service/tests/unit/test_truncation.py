"""A picture of which at least half is there is analysed as far as it goes."""

from pathlib import Path

import numpy as np
import pytest
from conftest import decode, encoded
from hostile.files import chunk
from PIL import Image

from image_service.errors import Refused
from image_service.operations import colors
from image_service.picture import jpeg_data

KINDS = (
    "JPEG",
    "progressive",
    "PNG",
    "interlaced",
    "WEBP",
    "lossless",
    "clear",
    "GIF",
    "BMP",
    "TIFF",
)


@pytest.fixture(scope="module")
def photo(pictures: Path) -> Image.Image:
    with Image.open(pictures / "coffee.png") as coffee:
        return coffee.convert("RGB")


def whole(photo: Image.Image, kind: str) -> bytes:
    match kind:
        case "progressive":
            return encoded(photo, "JPEG", progressive=True)
        case "interlaced":
            return interlaced(np.asarray(photo))
        case "lossless":
            return encoded(photo, "WEBP", lossless=True, method=0)
        case "clear":
            clear = photo.copy()
            clear.putalpha(200)
            return encoded(clear, "WEBP", method=0)
    return encoded(photo, kind)


def interlaced(pixels: np.ndarray) -> bytes:
    """Adam7, which Pillow does not write."""
    import struct  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    height, width, _ = pixels.shape
    passes = (
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    )
    rows = b"".join(
        b"\0" + row.tobytes()
        for top, left, down, across in passes
        for row in pixels[top::down, left::across]
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    packed = zlib.compress(rows)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.65, 0.8, 0.95])
def test_most_of_a_picture_is_analysed(photo: Image.Image, kind: str, share: float) -> None:
    data = whole(photo, kind)
    complete = decode(data)
    found = decode(data[: int(len(data) * share)], whole=True)
    assert (found.truncated, complete.truncated) == (True, False)
    assert (found.width, found.height) == photo.size
    assert found.grey is not None
    half = slice(220, None) if kind == "BMP" else slice(0, 180)  # a bitmap begins at the bottom
    apart = np.abs(found.work[half].astype(int) - complete.work[half])
    assert apart.mean() < 8


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_less_than_half_of_a_picture_is_refused(
    photo: Image.Image, kind: str, share: float
) -> None:
    data = whole(photo, kind)
    with pytest.raises(Refused) as refused:
        decode(data[: int(len(data) * share)])
    assert refused.value.code in ("image-undecodable", "not-an-image")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_is_missing_has_no_colour(kind: str) -> None:
    noise = np.random.default_rng(1).integers(0, 60, (400, 400, 3), dtype=np.uint8)
    noise[..., 0] += 180
    data = encoded(Image.fromarray(noise), kind)
    found = decode(data[: int(len(data) * 0.7)])
    assert found.visible is not None
    assert 0.5 < found.visible.mean() < 0.9
    assert all(one["hex"][1] in "abcdef" for one in colors.colors(found.work, found.visible))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("missing", [b"", b"\0" * 40])
def test_a_jpeg_without_its_end_marker_is_whole(
    photo: Image.Image, mode: str, missing: bytes
) -> None:
    data = encoded(photo.convert(mode), "JPEG")[:-2] + missing
    found = decode(data)
    assert not found.truncated
    assert found.visible is None


@pytest.mark.parametrize("kind", ["PNG", "interlaced"])
def test_a_png_that_is_damaged_in_its_middle_is_shown_up_to_there(
    photo: Image.Image, kind: str
) -> None:
    data = bytearray(whole(photo, kind))
    at = int(len(data) * 0.8)
    data[at : at + 200] = bytes(200)
    assert decode(bytes(data)).truncated


def test_the_end_of_a_png_costs_nothing(photo: Image.Image) -> None:
    data = whole(photo, "PNG")
    for cut in (1, 4, 11, 12):
        assert not decode(data[:-cut]).truncated


def test_a_transparent_picture_that_is_cut_has_both(photo: Image.Image) -> None:
    clear = photo.copy()
    mask = np.zeros((photo.height, photo.width), np.uint8)
    mask[:, :300] = 255
    clear.putalpha(Image.fromarray(mask))
    data = encoded(clear, "PNG")
    found = decode(data[: int(len(data) * 0.8)])
    assert found.truncated
    assert found.visible is not None
    assert found.visible[100, 100]
    assert not found.visible[100, 500]
    assert not found.visible[-1].any()


def test_a_jpeg_is_stripped_of_what_stands_beside_it() -> None:
    plain = encoded(Image.new("RGB", (20, 20)), "JPEG")
    beside = b"\xff\xe1\0\x08Exif\0\0\xff\xfe\0\x04ab"
    assert jpeg_data.bare(plain[:2] + beside + plain[2:]) == plain
    assert jpeg_data.share(plain) == 1
