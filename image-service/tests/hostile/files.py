"""Files that mean harm, each made here, with the outcomes that are documented for it.

"" stands for an analysis that succeeds: a file may be odd and a picture all the same.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NO_IMAGE, DAMAGED, TOO_LARGE = "not-an-image", "image-undecodable", "image-too-large"
BROKEN = (NO_IMAGE, DAMAGED)
ODD = ("", NO_IMAGE, DAMAGED)


@dataclass(frozen=True)
class Hostile:
    """`make` gives its bytes; it must end as one of `outcomes`."""

    name: str
    make: Callable[[], bytes]
    outcomes: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


def saved(kind: str, size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any) -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert(mode).save(target, kind, **options)
    return target.getvalue()


def chunk(kind: bytes, body: bytes, crc: int | None = None) -> bytes:
    check = zlib.crc32(kind + body) if crc is None else crc
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def png(
    width: int = 8,
    height: int = 8,
    depth: int = 8,
    colour: int = 2,
    *,
    data: bytes | None = None,
    before: bytes = b"",
    after: bytes = b"",
    interlace: int = 0,
) -> bytes:
    """By hand, so that its header can say anything."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))
    raw = zlib.compress(bytes(25 * 8)) if data is None else data
    return SIGNATURE + header + before + chunk(b"IDAT", raw) + after + chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """So many zero bytes, compressed without ever being there."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(count >> 20)]
    return b"".join([*parts, packer.compress(bytes(count & (1 << 20) - 1)), packer.flush()])


def segments(jpeg: bytes) -> Iterator[int]:
    """Where each segment of a JPEG begins, up to its scan."""
    at = 2
    while jpeg[at] == 0xFF:
        yield at
        if jpeg[at + 1] == 0xDA:
            return
        at += 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0]


def resized_jpeg(width: int, height: int) -> bytes:
    """One whose frame header lies about its size."""
    whole = bytearray(saved("JPEG"))
    frame = next(at for at in segments(bytes(whole)) if 0xC0 <= whole[at + 1] <= 0xC2)
    whole[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def jpeg_with(marker: int, body: bytes) -> bytes:
    whole = saved("JPEG")
    return whole[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + whole[2:]


def exif(body: bytes) -> bytes:
    return jpeg_with(0xE1, b"Exif\0\0" + body)


def tiff(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
    """An Exif block of one directory: tag, type, count and value of each entry."""
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (
        b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + table + struct.pack("<I", following)
    )


def gif(width: int = 1, height: int = 1, frames: int = 1, tail: bytes = b";") -> bytes:
    screen = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, width, height) + b"\0\x02\x02\x44\x01\0"
    return screen + frame * frames + tail


def patched(data: bytes, at: int, value: bytes) -> bytes:
    return data[:at] + value + data[at + len(value) :]


def tiff_file(
    pixels: Any,
    bits: int,
    *,
    white_is_zero: bool = False,
    size: tuple[int, int] | None = None,
) -> bytes:
    """Grey, by hand, so that its depth and its size can be anything. `pixels`: shape (height, width)."""
    height, width = pixels.shape
    rows = []
    for row in pixels:
        if bits == 16:
            rows.append(row.astype("<u2").tobytes())
        else:
            line = "".join(f"{int(value):0{bits}b}" for value in row)
            line += "0" * (-len(line) % 8)
            rows.append(int(line, 2).to_bytes(len(line) // 8, "big"))
    data = b"".join(rows)
    wide, high = size or (width, height)
    entries = [
        (256, 4, 1, wide),
        (257, 4, 1, high),
        (258, 3, 1, bits),
        (259, 3, 1, 1),
        (262, 3, 1, 0 if white_is_zero else 1),
        (273, 4, 1, 8 + 2 + 9 * 12 + 4),
        (277, 3, 1, 1),
        (278, 4, 1, high),
        (279, 4, 1, len(data)),
    ]
    return tiff(*entries) + data


def bmp(width: int, height: int, data: bytes) -> bytes:
    """Of 24 bits; a negative height begins at the top."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(data), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(data), 0, 0, 54) + header + data


def heif_with_size(width: int, height: int) -> bytes:
    """One whose property of its size (ispe) lies."""
    whole = saved("HEIF")
    at = whole.index(b"ispe") + 8
    return patched(whole, at, struct.pack(">II", width, height))


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as found:
        found.writestr("a.txt", "a" * 1000)
    return target.getvalue()


def truncated() -> Iterator[Hostile]:
    """At each structure, and in the middle of the data."""
    jpeg = saved("JPEG")
    for number, at in enumerate(segments(jpeg)):
        yield Hostile(f"jpeg-cut-in-segment-{number}", lambda at=at: jpeg[: at + 5], BROKEN)
    whole = {
        "jpeg": (jpeg, (2, len(jpeg) // 2, len(jpeg) - 2)),
        "png": (saved("PNG"), (8, 20, 33, 45, -13)),
        "webp": (saved("WEBP"), (8, 12, 20, 60)),
        "gif": (saved("GIF", mode="P"), (6, 10, 13, 60, -20)),
        "avif": (saved("AVIF"), (8, 30, 100, -20)),
        "heif": (saved("HEIF"), (8, 30, 100, 300, -20)),
        "tiff": (saved("TIFF"), (4, 9, 60, 200, -20)),
        "tiff-lzw": (saved("TIFF", compression="tiff_lzw"), (4, 9, 60, 200)),
        "bmp": (saved("BMP"), (2, 14, 30, 54, 200, -20)),
    }
    for kind, (data, places) in whole.items():
        for at in places:
            outcomes = (
                ODD if at < 0 or kind in ("gif", "jpeg", "tiff") else BROKEN
            )  # it may be whole by then
            yield Hostile(f"{kind}-cut-at-{at}", lambda data=data, at=at: data[:at], outcomes)


def empty() -> Iterator[Hostile]:
    webp = b"RIFF\x04\0\0\0WEBP"
    avif = b"\0\0\0\x14ftypavif\0\0\0\0avif"
    for name, data in (
        ("zero-bytes", b""),
        ("one-byte", b"\0"),
        ("a-megabyte-of-zeros", bytes(1 << 20)),
        ("jpeg-magic", b"\xff\xd8\xff"),
        ("png-magic", SIGNATURE),
        ("gif-magic", b"GIF89a"),
        ("webp-magic", webp),
        ("avif-magic", avif),
    ):
        yield Hostile(name, lambda data=data: data, BROKEN)


def lying_headers() -> Iterator[Hostile]:
    for name, make, outcomes in (
        ("png-2-billion-wide", lambda: png(2**31 - 1, 1), (TOO_LARGE, *BROKEN)),
        ("png-400-megapixels", lambda: png(20_000, 20_000), (TOO_LARGE,)),
        ("png-without-width", lambda: png(0, 8), BROKEN),
        ("png-depth-of-7", lambda: png(depth=7), BROKEN),
        ("png-colour-type-of-5", lambda: png(colour=5), BROKEN),
        ("png-palette-that-is-none", lambda: png(colour=3), ODD),
        ("png-taller-than-its-data", lambda: png(8, 4000), ODD),
        ("png-wrong-checksum", lambda: SIGNATURE + chunk(b"IHDR", bytes(13), 1), BROKEN),
        ("png-interlace-of-9", lambda: png(interlace=9), ODD),
        ("png-chunk-longer-than-file", lambda: SIGNATURE + b"\x7f\xff\xff\xffIHDR", BROKEN),
        ("png-no-zlib-stream", lambda: png(data=b"no zlib"), BROKEN),
        ("jpeg-4-gigapixels", lambda: resized_jpeg(65_500, 65_500), (TOO_LARGE,)),
        ("jpeg-without-size", lambda: resized_jpeg(0, 0), BROKEN),
        ("jpeg-taller-than-its-scan", lambda: resized_jpeg(64, 4000), ODD),
        ("gif-4-gigapixels", lambda: gif(65_535, 65_535), (TOO_LARGE,)),
        ("gif-without-size", lambda: gif(0, 0), ODD),
        ("webp-says-4-gigabytes", lambda: patched(saved("WEBP"), 4, b"\xff\xff\xff\xff"), ODD),
        ("webp-says-nothing", lambda: patched(saved("WEBP"), 4, bytes(4)), ODD),
        ("avif-box-of-4-gigabytes", lambda: patched(saved("AVIF"), 0, b"\xff" * 4), BROKEN),
    ):
        yield Hostile(name, make, outcomes)


def bombs() -> Iterator[Hostile]:
    """Small files, large pictures: above the limit, and just below it."""
    side = 30_000
    row = (side + 7) // 8 + 1
    yield Hostile(
        "png-bomb-900-megapixels",
        lambda: png(side, side, 1, 0, data=zeros(row * side)),
        (TOO_LARGE,),
    )
    yield Hostile(
        "png-49-megapixels-16-bit-rgba",
        lambda: png(7000, 7000, 16, 6, data=zeros((7000 * 8 + 1) * 7000)),
        ("", TOO_LARGE),
    )
    yield Hostile("png-bytes-beyond-its-picture", lambda: png(8, 8, data=zeros(200 << 20)), ODD)
    for kind, size, why in (
        ("JPEG", (10_000, 6000), "above-the-limit"),
        ("GIF", (10_000, 6000), "above-the-limit"),
        ("WEBP", (16_000, 4000), "above-the-limit"),
        ("AVIF", (9000, 6000), "above-the-limit"),
        ("TIFF", (9000, 6000), "above-the-limit"),
        ("BMP", (9000, 6000), "above-the-limit"),
        ("WEBP", (6000, 5000), "without-room"),
        ("AVIF", (8000, 5000), "without-room"),
    ):
        make = lambda kind=kind, size=size: saved(kind, size, "L", speed=10)  # noqa: E731
        yield Hostile(f"{kind.lower()}-bomb-{why}", make, (TOO_LARGE,))
    yield Hostile("webp-200-megapixels-by-its-header", _webp_canvas, (TOO_LARGE,))
    yield Hostile(
        "heif-of-900-megapixels-by-its-header", lambda: heif_with_size(side, side), BROKEN
    )
    yield Hostile("bmp-900-megapixels", lambda: bmp(side, side, bytes(100)), (TOO_LARGE,))
    yield Hostile("tiff-900-megapixels", lambda: _tiff_of(side, 8), (TOO_LARGE,))
    yield Hostile("tiff-49-megapixels-of-nothing", lambda: _tiff_of(7000, 16), BROKEN)


def _tiff_of(side: int, bits: int) -> bytes:
    return tiff_file(np.zeros((2, 2), np.uint16), bits, size=(side, side))


def _webp_canvas() -> bytes:
    """An extended header that promises more than there is."""
    side = (14_142).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + side + side
    body = b"WEBP" + extended + saved("WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def polyglots() -> Iterator[Hostile]:
    for name, make in (
        ("png-and-zip", lambda: saved("PNG") + archive()),
        ("jpeg-and-page", lambda: jpeg_with(0xFE, b"<script>alert(1)</script>")),
        ("gif-and-script", lambda: gif() + b"=1;alert(1)//"),
        ("png-and-php", lambda: saved("PNG") + b"<?php system($_GET[0]); ?>"),
        ("heif-and-zip", lambda: saved("HEIF") + archive()),
        ("tiff-and-zip", lambda: saved("TIFF", compression="tiff_lzw") + archive()),
        ("bmp-and-zip", lambda: saved("BMP") + archive()),
    ):
        yield Hostile(name, make, ("",))
    for name, make in (
        ("pdf-and-jpeg", lambda: b"%PDF-1.7\n" + saved("JPEG")),
        ("zip-and-png", lambda: archive() + saved("PNG")),
        ("script-and-gif", lambda: b"//" + gif()),
    ):
        yield Hostile(name, make, (NO_IMAGE,))


def many_frames() -> Iterator[Hostile]:
    moving = chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    control = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 1, 0, 0))
    yield Hostile("gif-10000-frames", lambda: gif(8, 8, 10_000), ODD)
    yield Hostile("png-2-billion-frames", lambda: png(before=moving), ODD)
    yield Hostile("png-10000-frame-controls", lambda: png(before=moving + control * 10_000), ODD)


def huge_chunks() -> Iterator[Hostile]:
    bomb = zlib.compress(bytes(300 << 20), 9)
    for name, make in (
        ("png-text-bomb", lambda: png(before=chunk(b"zTXt", b"Comment\0\0" + bomb))),
        (
            "png-international-text-bomb",
            lambda: png(before=chunk(b"iTXt", b"a\0\x01\0\0\0" + bomb)),
        ),
        ("png-text-bomb-at-its-end", lambda: png(after=chunk(b"zTXt", b"Comment\0\0" + bomb))),
        (
            "png-10-megabytes-of-text",
            lambda: png(before=chunk(b"tEXt", b"a\0" + b"x" * 10_000_000)),
        ),
        ("png-20000-texts", lambda: png(before=chunk(b"tEXt", b"a\0" + b"x" * 100) * 20_000)),
        ("png-colour-profile-bomb", lambda: png(before=chunk(b"iCCP", b"a\0\0" + bomb))),
        ("jpeg-profile-of-255-parts", _profile),
        (
            "jpeg-profile-that-is-none",
            lambda: jpeg_with(0xE2, b"ICC_PROFILE\0\x01\x01" + b"x" * 60_000),
        ),
        (
            "jpeg-comments-without-end",
            lambda: saved("JPEG")[:2] + b"\xff\xfe\xff\xff" + b"x" * 65_533,
        ),
        (
            "jpeg-xmp-with-entities",
            lambda: jpeg_with(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + LAUGHS),
        ),
    ):
        yield Hostile(name, make, ODD)


def _profile() -> bytes:
    whole = saved("JPEG")
    parts = [b"ICC_PROFILE\0" + bytes([number, 255]) + b"x" * 65_000 for number in range(1, 256)]
    packed = [b"\xff\xe2" + struct.pack(">H", len(part) + 2) + part for part in parts]
    return whole[:2] + b"".join(packed) + whole[2:]


def odd_tiffs() -> Iterator[Hostile]:
    whole = saved("TIFF")
    for name, data in (
        ("tiff-that-points-to-itself", tiff((256, 4, 1, 8), following=8)),
        ("tiff-of-5000-entries", tiff(*[(tag, 4, 1, 0) for tag in range(5000)])),
        ("tiff-of-2-billion-strips", tiff((256, 4, 1, 8), (257, 4, 1, 8), (273, 4, 2**31 - 1, 8))),
        (
            "tiff-of-no-rows-a-strip",
            patched(whole, 8, whole[8:].replace(b"\x16\x01", b"\x16\x02", 1)),
        ),
        ("tiff-beyond-its-end", b"II*\0" + struct.pack("<I", 2**32 - 2)),
        ("tiff-big", b"II+\0\x08\0\0\0" + bytes(40)),
        ("tiff-of-noise", b"MM\0*\0\0\0\x08" + b"\xff" * 500),
    ):
        yield Hostile(name, lambda data=data: data, ODD)


def odd_heifs() -> Iterator[Hostile]:
    """Item types that libheif does not know have ended processes."""
    whole = saved("HEIF", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    for name, data in (
        ("heif-of-an-unknown-item", whole.replace(b"Exif\0", b"Quux\0", 1)),
        ("heif-of-items-without-type", whole.replace(b"infe", b"infx")),
        ("heif-without-properties", whole.replace(b"iprp", b"iprx")),
        ("heif-without-places", whole.replace(b"iloc", b"ilox")),
        ("heif-without-a-primary", whole.replace(b"pitm", b"pitx")),
        ("heif-of-noise", whole[:-300] + b"\xff" * 300),
        ("heif-of-another-codec", whole.replace(b"hvc1", b"vvc1")),
    ):
        yield Hostile(name, lambda data=data: data, ODD)


def exif_bombs() -> Iterator[Hostile]:
    """A picture with bad Exif data is a picture: what is said beside it may be wrong."""
    many = tiff(*[(tag, 4, 1, 0) for tag in range(5000)])
    for name, body in (
        ("exif-that-points-to-itself", tiff((0x8769, 4, 1, 8), following=8)),
        ("exif-of-2-billion-values", tiff((0x010F, 2, 2**31 - 1, 8))),
        ("exif-beyond-its-end", tiff((0x010F, 2, 1000, 2**32 - 1))),
        ("exif-of-5000-entries", many),
        ("exif-of-unknown-types", tiff((0x0112, 99, 1, 6), (0x010F, 0, 1, 1))),
        ("exif-of-65535-entries-and-none-there", b"II*\0\x08\0\0\0\xff\xff"),
        ("exif-orientation-of-9999", tiff((0x0112, 3, 1, 9999))),
        ("exif-of-fractions-by-zero", tiff((0x829A, 5, 1, 8), (0x829D, 10, 1, 8))),
        ("exif-that-is-noise", b"\xff" * 1000),
        ("exif-of-nothing", b""),
    ):
        yield Hostile(name, lambda body=body: exif(body), ODD)


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><svg>&j;</svg>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY f SYSTEM "file:///etc/passwd">]><svg>&f;</svg>'
)


def other_kinds() -> Iterator[Hostile]:
    """Whatever they are called: names and media types are not looked at."""
    for kind in ("ICO", "PPM", "PDF", "TGA", "EPS", "DDS", "JPEG2000"):
        yield Hostile(f"kind-{kind.lower()}", lambda kind=kind: saved(kind), (NO_IMAGE,))
    for name, data in (
        ("svg", b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'),
        ("svg-with-laughing-entities", LAUGHS),
        ("xml-with-a-file", OUTSIDE),
        ("page", b"<!doctype html><img src=x>"),
        ("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        ("mp4", b"\0\0\0\x18ftypisom\0\0\0\0isomiso2"),
        ("psd", b"8BPS\0\x01" + bytes(40)),
        ("wasm", b"\0asm\x01\0\0\0"),
        ("elf", b"\x7fELF" + bytes(60)),
        ("shell", b"#!/bin/sh\nid\n"),
        ("zip", archive()),
        ("pickle", b"cos\nsystem\n(S'id'\ntR."),
        ("script", b"push graphic-context"),
    ):
        yield Hostile(f"kind-{name}", lambda data=data: data, BROKEN)


FILES = tuple(
    one
    for kind in (
        empty,
        truncated,
        lying_headers,
        bombs,
        polyglots,
        many_frames,
        huge_chunks,
        exif_bombs,
        odd_tiffs,
        odd_heifs,
        other_kinds,
    )
    for one in kind()
)
