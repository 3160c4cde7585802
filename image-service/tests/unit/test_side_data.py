"""What stands beside a picture never costs the picture."""

import struct
import zlib

import pytest
from conftest import decode, encoded
from hostile.files import SIGNATURE, chunk, jpeg_with
from PIL import Image

from image_service.picture import png


def scene(mode: str = "RGB") -> Image.Image:
    return Image.linear_gradient("L").resize((64, 48)).convert(mode)


def png_with(*chunks: bytes, mode: str = "RGB", late: bool = False) -> bytes:
    """Behind the header, or before the end."""
    whole = encoded(scene(mode), "PNG")
    at = len(whole) - 12 if late else whole.index(b"IHDR") + 4 + 13 + 4
    return whole[:at] + b"".join(chunks) + whole[at:]


BOMB = zlib.compress(bytes(8 << 20), 9)
BAD = {
    "text without a keyword": chunk(b"tEXt", b""),
    "text with a wrong checksum": chunk(b"tEXt", b"Title\0x", 1),
    "packed text that is none": chunk(b"zTXt", b"Comment\0\0no zlib"),
    "packed text of another method": chunk(b"zTXt", b"Comment\0\x07" + BOMB),
    "packed text of 8 megabytes": chunk(b"zTXt", b"Comment\0\0" + BOMB),
    "international text of 8 megabytes": chunk(b"iTXt", b"a\0\x01\0\0\0" + BOMB),
    "international text that ends early": chunk(b"iTXt", b"a\0"),
    "international text that is no UTF-8": chunk(b"iTXt", b"a\0\0\0\0\0\xff\xfe"),
    "a profile that is none": chunk(b"iCCP", b"a\0\0" + zlib.compress(b"no profile")),
    "a profile that does not unpack": chunk(b"iCCP", b"a\0\0no zlib"),
    "a profile of 8 megabytes": chunk(b"iCCP", b"a\0\0" + BOMB),
    "an empty profile": chunk(b"iCCP", b""),
    "a short size on paper": chunk(b"pHYs", b"\0"),
    "an empty size on paper": chunk(b"pHYs", b""),
    "a short gamma": chunk(b"gAMA", b"\0\0"),
    "a gamma of nothing": chunk(b"gAMA", bytes(4)),
    "short chromaticities": chunk(b"cHRM", b"\0" * 7),
    "an sRGB without intent": chunk(b"sRGB", b""),
    "an sRGB with a wrong checksum": chunk(b"sRGB", b"\0", 1),
    "a date of month 99": chunk(b"tIME", struct.pack(">HBBBBB", 2020, 99, 99, 99, 99, 99)),
    "a short date": chunk(b"tIME", b"\0"),
    "Exif that is noise": chunk(b"eXIf", b"\xff" * 200),
    "an empty Exif": chunk(b"eXIf", b""),
    "Exif with a wrong checksum": chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0", 1),
    "transparency of no length": chunk(b"tRNS", b""),
    "transparency that is too long": chunk(b"tRNS", bytes(9)),
    "a background of no length": chunk(b"bKGD", b""),
    "a histogram without a palette": chunk(b"hIST", b"\0"),
    "significant bits of no length": chunk(b"sBIT", b""),
    "a chunk of nobody's": chunk(b"abCd", b"x" * 50),
    "a chunk with a strange name": chunk(b"\xff\0\x01!", b"x"),
    "control of an animation that ends early": chunk(b"acTL", b"\0\0"),
    "an animation of no frames": chunk(b"acTL", bytes(8)),
    "frames out of order": chunk(b"acTL", struct.pack(">II", 2, 0))
    + chunk(b"fdAT", b"\0\0\0\x09x"),
}
"""34 ways."""


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("late", [False, True])
def test_a_png_is_read_whatever_stands_beside_its_picture(name: str, late: bool) -> None:
    found = decode(png_with(BAD[name], late=late))
    assert (found.work == decode(encoded(scene(), "PNG")).work).all()
    assert not found.truncated


@pytest.mark.parametrize("mode", ["L", "RGB", "P"])
def test_a_transparent_colour_that_is_one_is_kept(mode: str) -> None:
    picture = Image.new(mode, (20, 20), 3 if mode != "RGB" else (3, 3, 3))
    if mode == "P":
        picture.putpalette([value for index in range(256) for value in (index, index, index)])
    clear = bytes([255, 255, 255, 0]) if mode == "P" else 3 if mode == "L" else (3, 3, 3)
    assert decode(encoded(picture, "PNG", transparency=clear)).visible is not None


@pytest.mark.parametrize(
    ("depth", "colour", "pixels", "clear"),
    [
        (2, 0, b"\0\x55", b"\0\x01"),
        (4, 0, b"\0\x77\x77", b"\0\x07"),
        (16, 0, b"\0" + b"\x12\x34" * 4, b"\x12\x34"),
        (16, 2, b"\0" + b"\x12\x34\x56\x78\x9a\xbc" * 4, b"\x12\x34\x56\x78\x9a\xbc"),
    ],
)
def test_a_transparent_colour_is_told_at_every_depth(
    depth: int, colour: int, pixels: bytes, clear: bytes
) -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, depth, colour, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(pixels * 4))
    data = SIGNATURE + header + chunk(b"tRNS", clear) + rows + chunk(b"IEND", b"")
    found = decode(data, whole=True)
    assert found.visible is not None
    assert not found.visible.any()


def test_what_makes_the_picture_is_kept_as_it_is() -> None:
    plain = encoded(scene(), "PNG")
    assert png.bare(plain).data == plain
    assert png.bare(png_with(*BAD.values())).data == plain


SEGMENTS = {
    "Exif that is noise": (0xE1, b"Exif\0\0" + b"\xff" * 300),
    "an empty Exif": (0xE1, b"Exif\0\0"),
    "a profile that is none": (0xE2, b"ICC_PROFILE\0\x01\x01no profile"),
    "half a profile": (0xE2, b"ICC_PROFILE\0\x01\x02" + b"x" * 100),
    "pictures of MPO that are none": (0xE2, b"MPF\0MM\0*\0\0\0\x08\0\x01"),
    "Photoshop's that ends early": (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\xff\xff"),
    "Adobe's that ends early": (0xEE, b"Adobe\0"),
    "JFIF that ends early": (0xE0, b"JFIF\0\x01"),
    "a comment of zeros": (0xFE, bytes(1000)),
    "XMP that is none": (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><"),
}
"""10 ways."""


@pytest.mark.parametrize("name", SEGMENTS)
def test_a_jpeg_is_read_whatever_stands_beside_its_picture(name: str) -> None:
    found = decode(jpeg_with(*SEGMENTS[name]), whole=True)
    assert found.work.shape == (48, 64, 3)
    assert not found.truncated


@pytest.mark.parametrize("kind", ["WEBP", "HEIF", "PNG", "JPEG"])
@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0" + b"\xff" * 99,
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff",
    ],
)
def test_bad_exif_costs_no_picture(kind: str, exif: bytes) -> None:
    options = {"icc_profile": b"no profile"} if kind != "HEIF" else {}
    found = decode(encoded(scene(), kind, exif=exif, **options))
    assert found.work.shape == (48, 64, 3)
