"""Which kinds of pictures are read, in which variants, and which are refused by name."""

import io
from itertools import product

import numpy as np
import pytest
from conftest import decode, encoded
from hostile.files import bmp, heif_with_size, tiff_file
from PIL import Image

from image_service.errors import Refused
from image_service.operations import metadata
from image_service.picture import decode_memory, heif_threads, isobmff


def scene(mode: str = "RGB") -> Image.Image:
    """Red above, blue below; dark and bright where there are no colours."""
    halves = np.zeros((60, 80, 3), np.uint8)
    halves[:30], halves[30:] = (200, 40, 40), (20, 20, 90)
    return Image.fromarray(halves).convert(mode)


def top_and_bottom(data: bytes) -> tuple[list[int], list[int]]:
    work = decode(data).work
    return work[10, 40].tolist(), work[50, 40].tolist()


@pytest.mark.parametrize(
    ("compression", "mode"),
    [
        *product(
            [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"], ["RGB", "L", "RGBA", "P", "CMYK"]
        ),
        *product(["jpeg"], ["RGB", "L", "CMYK"]),
    ],
)
def test_a_tiff_is_read_in_its_usual_compressions(compression: str | None, mode: str) -> None:
    data = encoded(scene(mode), "TIFF", compression=compression)
    first, second = top_and_bottom(data)
    assert sum(first) > sum(second) + 90
    assert decode(data).format == "tiff"


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_a_fax_is_read(compression: str) -> None:
    first, second = top_and_bottom(
        encoded(
            scene("L").point(lambda one: 255 * (one > 50)).convert("1"),
            "TIFF",
            compression=compression,
        )
    )
    assert (first, second) == ([255] * 3, [0] * 3)


@pytest.mark.parametrize(
    ("bits", "white_is_zero"),
    [*product([1, 2, 4, 8, 12, 16], [False]), *product([1, 2, 4, 8, 16], [True])],
)
def test_grey_of_any_depth_keeps_its_brightness(bits: int, white_is_zero: bool) -> None:
    """Pillow reads no TIFF of 12 bits whose zero is white."""
    most = (1 << bits) - 1
    shares = np.repeat(np.array([0, 1, 1, 0]), 20)
    values = (most - shares * most if white_is_zero else shares * most).astype(np.uint16)
    data = tiff_file(np.tile(values, (20, 1)), bits, white_is_zero=white_is_zero)
    row = decode(data).work[10, :, 0]
    assert [int(row[at]) for at in (10, 30, 50, 70)] == [0, 255, 255, 0]


def test_a_grey_of_12_bits_is_scaled_by_its_bits() -> None:
    data = tiff_file(np.full((20, 20), 2048, np.uint16), 12)
    assert decode(data).work[10, 10].tolist() == [128] * 3


@pytest.mark.parametrize("mode", ["I", "F"])
def test_a_tiff_of_32_bits_reaches_from_black_to_white(mode: str) -> None:
    ramp = Image.fromarray(np.tile(np.linspace(-3, 9, 80), (20, 1)).astype(np.float32)).convert(
        mode
    )
    row = decode(encoded(ramp, "TIFF")).work[10, :, 0]
    assert (row[0], row[-1]) == (0, 255)


def test_the_first_page_of_a_tiff_counts() -> None:
    pages = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    found = decode(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert (found.frames, found.work[5, 5].tolist()) == (1, [255, 0, 0])


def test_a_tiff_of_a_rare_compression_is_refused_by_name() -> None:
    for compression in ("zstd", "lzma"):
        with pytest.raises(Refused) as refused:
            decode(encoded(scene(), "TIFF", compression=compression))
        assert (refused.value.code, compression in refused.value.detail) == (
            "image-undecodable",
            True,
        )


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA"])
def test_a_bitmap_is_read(mode: str) -> None:
    first, second = top_and_bottom(encoded(scene(mode), "BMP"))
    assert sum(first) > sum(second)


def test_a_bitmap_from_the_top_is_read() -> None:
    found = decode(bmp(8, -6, bytes([0, 0, 255] * 8 * 6)))
    assert (found.width, found.height, found.work[0, 0].tolist()) == (8, 6, [255, 0, 0])


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_heif_is_read(mode: str) -> None:
    data = encoded(scene(mode), "HEIF", quality=90)
    first, second = top_and_bottom(data)
    assert sum(first) > sum(second) + 90
    found = decode(data, whole=True)
    assert (found.width, found.height, found.format, found.frames) == (80, 60, "heif", 1)
    assert found.grey is not None
    assert found.grey.shape == (60, 80)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_upright_in_every_format(kind: str, orientation: int) -> None:
    """HEIF here by Exif alone, as some programs write it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = decode(encoded(scene(), kind, exif=exif, **({"quality": 95} if kind != "TIFF" else {})))
    sideways = orientation > 4
    assert (found.width, found.height) == ((60, 80) if sideways else (80, 60))
    assert found.orientation_applied == (orientation > 1)
    height, width = found.work.shape[:2]
    red = {1: (0, 0), 2: (0, 0), 3: (1, 0), 4: (1, 0), 5: (0, 0), 6: (0, 1), 7: (0, 1), 8: (0, 0)}
    down, right = red[orientation]
    corner = found.work[down * (height - 10) + 4, right * (width - 10) + 4].astype(int)
    assert corner[0] > corner[2] + 60


@pytest.mark.parametrize("kind", ["HEIF", "TIFF", "AVIF", "WEBP", "PNG", "JPEG"])
def test_what_the_camera_says_is_read_in_every_format(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Acmecam", "Model 1"
    found = metadata.metadata(decode(encoded(scene(), kind, exif=exif)).exif)
    assert (found["make"], found["model"]) == ("Acmecam", "Model 1")


def test_a_jpeg_with_another_picture_behind_it_is_a_jpeg() -> None:
    pictures = [scene(), Image.new("RGB", (40, 30))]
    found = decode(
        encoded(pictures[0], "MPO", save_all=True, append_images=pictures[1:]), whole=True
    )
    assert (found.format, found.frames, found.width) == ("jpeg", 1, 80)
    assert found.grey is not None


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("ICO", b"\0\0\1\0\1\0"),
        ("JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n"),
        ("JPEG 2000", b"\xff\x4f\xff\x51\0\x2f"),
        ("JPEG XL", b"\xff\x0a\0\0"),
        ("PDF", b"%PDF-1.7\n"),
        ("SVG", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("SVG", b"<SVG/>"),
        ("Photoshop", b"8BPS\0\1"),
        ("video", b"\0\0\0\x18ftypisom\0\0\0\0"),
    ],
)
def test_what_is_not_read_is_refused_by_name(name: str, start: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decode(start + bytes(100))
    assert refused.value.code == "not-an-image"
    assert refused.value.detail.startswith(f"{name} files are not read.")
    assert "HEIF" in refused.value.detail


@pytest.mark.parametrize("kind", ["TIFF", "BMP"])
def test_a_bomb_is_refused_by_its_header(kind: str) -> None:
    made = {
        "TIFF": lambda: tiff_file(np.zeros((2, 2), np.uint16), 8, size=(30_000, 30_000)),
        "BMP": lambda: bmp(30_000, 30_000, bytes(100)),
    }
    with pytest.raises(Refused) as refused:
        decode(made[kind]())
    assert refused.value.code == "image-too-large"


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "HEIF"])
def test_too_many_pixels_are_refused_before_they_are_decoded(kind: str) -> None:
    with pytest.raises(Refused) as refused:
        decode(encoded(scene(), kind), 4000)
    assert refused.value.code == "image-too-large"


def test_a_heif_that_lies_of_its_size_is_refused() -> None:
    for side in (1, 30_000, 2**31):
        with pytest.raises(Refused):
            decode(heif_with_size(side, side))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_heif_that_says_itself_how_it_is_turned_is_turned_once(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(scene(), "HEIF", exif=exif.tobytes())
    assert isobmff.is_turned(data)
    found = decode(data)
    assert (found.width, found.height) == ((60, 80) if orientation > 4 else (80, 60))


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "HEIF"])
@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_a_file_of_which_little_is_there_is_refused(kind: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    whole = encoded(Image.fromarray(noise), kind)
    with pytest.raises(Refused) as refused:
        decode(whole[: int(len(whole) * share)])
    assert refused.value.code in ("image-undecodable", "not-an-image")


def test_a_tiff_is_held_to_the_memory_of_its_strip(monkeypatch: pytest.MonkeyPatch) -> None:
    """RGB of 16 bits takes six bytes a pixel beside Pillow's four."""
    monkeypatch.setattr(decode_memory.resource, "getrlimit", lambda _: (512 << 20, 512 << 20))
    for side, refused in ((6200, False), (6600, True)):
        image = Image.open(
            io.BytesIO(tiff_file(np.zeros((2, 2), np.uint16), 16, size=(side, side)))
        )
        image._mode = "RGB"
        image.tag_v2[258] = (16, 16, 16)
        if refused:
            with pytest.raises(Refused, match="TIFF images may have"):
                decode_memory.check_image(image)
        else:
            decode_memory.check_image(image)


def test_a_library_that_starts_no_thread_has_no_entry_for_it() -> None:
    assert heif_threads.slot_offset(b"no library at all") is None


@pytest.mark.parametrize("data", [b"", b"\0" * 40, b"\0\0\0\x10meta\0\0\0\0\0\0\0\0"])
def test_a_file_without_exif_has_none(data: bytes) -> None:
    assert isobmff.exif(data) == b""
