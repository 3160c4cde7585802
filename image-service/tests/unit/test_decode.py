"""A stranger's bytes become pixels, or one of three refusals."""

import contextlib
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from conftest import decode, encoded
from PIL import Image, ImageOps

from image_service.errors import Refused
from image_service.instances.server import environment
from image_service.operations import metadata
from image_service.picture import decode_memory, loading
from image_service.picture.decode import jpeg, shrunk
from image_service.picture.loading import DETAIL_SIDE

FAST = {"WEBP": {"method": 0}, "AVIF": {"speed": 10}}


def picture(width: int = 60, height: int = 40) -> Image.Image:
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP", "HEIF"])
def test_every_known_kind_is_decoded(kind: str) -> None:
    decoded = decode(encoded(picture(), kind))
    assert (decoded.width, decoded.height, decoded.format) == (60, 40, kind.lower())
    assert decoded.work.shape == (40, 60, 3)


@pytest.mark.parametrize("kind", ["ICO", "PPM", "PDF", "TGA", "DDS"])
def test_another_kind_is_not_an_image(kind: str) -> None:
    with pytest.raises(Refused) as refused:
        decode(encoded(picture(), kind))
    assert refused.value.code == "not-an-image"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    image = picture().convert("L").convert(mode) if mode != "I;16" else Image.new(mode, (60, 40))
    decoded = decode(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert decoded.work.shape == (40, 60, 3)


@pytest.mark.parametrize("side", [60, 3000])
def test_a_picture_of_16_bits_keeps_its_brightness(side: int) -> None:
    """What is above 255 of 65,535 is not white, in a small picture and in one that is averaged."""
    halves = np.zeros((40, side), np.uint16)
    halves[:, side // 2 :] = 0x8000
    work = decode(encoded(Image.fromarray(halves), "PNG")).work
    row, width = work[work.shape[0] // 2], work.shape[1]
    assert row[width // 4].tolist() == [0, 0, 0]
    assert row[width * 3 // 4].tolist() == [128, 128, 128]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
def test_a_large_picture_is_averaged_in_strips_as_it_would_be_at_once(mode: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (3301, 1777, 4), dtype=np.uint8)
    noise[..., 3] |= 128
    image = Image.fromarray(noise).convert(mode)
    half = image.reduce(2).convert("RGBA")
    at_once = np.asarray(Image.alpha_composite(Image.new("RGBA", half.size, "white"), half))
    detail = decode(encoded(image, "PNG")).detail.astype(int)
    assert np.abs(detail - shrunk(at_once[..., :3], DETAIL_SIDE)).max() <= 1


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_picture_is_set_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = picture()
    decoded = decode(encoded(stored, "JPEG", exif=exif))
    tagged = stored.copy()
    tagged.getexif()[0x0112] = orientation
    upright = ImageOps.exif_transpose(tagged)
    assert (decoded.width, decoded.height) == upright.size
    assert decoded.orientation_applied
    assert decoded.work.shape[:2] == upright.size[::-1]


def test_a_large_picture_is_shrunk_to_work_on() -> None:
    decoded = decode(encoded(picture(3000, 1500), "JPEG"))
    assert (decoded.width, decoded.height) == (3000, 1500)
    assert decoded.preview.shape == (640, 1280, 3)
    assert decoded.work.shape == (320, 640, 3)


def test_a_sliver_keeps_a_pixel_of_width() -> None:
    assert decode(encoded(picture(1, 4000), "PNG")).work.shape == (640, 1, 3)


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(moving).work[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "AVIF"])
def test_a_file_of_several_frames_says_how_many_it_has(kind: str) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    moving = decode(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert moving.frames == 3
    assert moving.work[20, 20, 0] > 200
    assert decode(encoded(frames[0], kind)).frames == 1


def test_a_good_first_frame_is_enough_where_the_next_is_damaged() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    for length in range(len(moving) // 2, len(moving)):
        cut = decode(moving[:length])
        assert 1 <= cut.frames <= 3
        assert cut.work[20, 20, 0] > 200


@pytest.mark.parametrize("content", [b"", b"x", b"<svg/>", b"\x89PNG\r\n\x1a\n", b"GIF89a"])
def test_no_image_is_not_an_image(content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decode(content)
    assert refused.value.code == "not-an-image"


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    for size in ((60, 40), (600, 400)):
        with pytest.raises(Refused) as refused:
            decode(encoded(picture(*size), "PNG"), 2000)
        assert refused.value.code == "image-too-large"


def test_a_png_of_400_megapixels_is_refused_by_its_header() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100)))
    with pytest.raises(Refused) as refused:
        decode(bomb)
    assert refused.value.code == "image-too-large"


@pytest.mark.parametrize(
    ("kind", "mode", "pixels"),
    [
        ("WEBP", "RGB", 4.1e6),
        ("WEBP", "RGBA", 4.1e6),
        ("AVIF", "RGB", 6.1e6),
        ("AVIF", "RGBA", 5.0e6),
    ],
)
def test_what_an_instance_has_no_room_for_is_refused_before_it_is_decoded(
    monkeypatch: pytest.MonkeyPatch, kind: str, mode: str, pixels: float
) -> None:
    """Of 85 MB a quarter is taken, and a pixel needs 8.1 to 16.2 bytes."""
    memory = 85 << 20
    image = picture().convert(mode)
    image.putpixel((0, 0), (0,) * len(mode))
    loaded: list[str] = []
    monkeypatch.setattr(decode_memory.resource, "getrlimit", lambda _: (memory, memory))
    decoded = loading._decode
    monkeypatch.setattr(loading, "_decode", lambda one: loaded.append(kind) or decoded(one))
    for share, refused in ((0.98, False), (1.03, True)):
        side = round((pixels * share) ** 0.5)
        data = encoded(image.resize((side, side)), kind, **FAST[kind])
        if not refused:
            assert decode(data).width == side
            continue
        loaded.clear()
        with pytest.raises(Refused) as error:
            decode(data)
        assert (error.value.code, loaded) == ("image-too-large", [])
        assert f"{kind} " in error.value.detail
        assert f"{pixels / 1e6:.1f} million pixels" in error.value.detail
        assert "an instance has 85 MB" in error.value.detail


@pytest.mark.parametrize(
    ("memory_mb", "at_most"), [(512, 24.9e6), (1024, 58.0e6), (256, 12.4e6), (128, 6.2e6)]
)
def test_the_more_memory_an_instance_has_the_larger_a_webp_may_be(
    monkeypatch: pytest.MonkeyPatch, memory_mb: int, at_most: float
) -> None:
    monkeypatch.setattr(
        decode_memory.resource, "getrlimit", lambda _: (memory_mb << 20, memory_mb << 20)
    )
    decode_memory.check("WEBP", int(at_most * 0.99))
    with pytest.raises(Refused, match=f"an instance has {memory_mb} MB"):
        decode_memory.check("WEBP", int(at_most * 1.01))


LIMITED = """
import resource, sys
from image_service.picture.decode import decode
from image_service.errors import Refused
data = open(sys.argv[1], "rb").read()
decode(open(sys.argv[2], "rb").read(), 50_000_000)  # what is imported late is there
used = next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if line[:6] == "VmData")
resource.setrlimit(resource.RLIMIT_DATA, (used + (60 << 20),) * 2)
try:
    decode(data, 50_000_000)
except MemoryError:
    print("no memory")
except Refused as refused:
    print(refused.code)
"""


@pytest.mark.parametrize(
    ("progressive", "told"), [(True, "no memory"), (False, "")], ids=["progressive", "baseline"]
)
def test_a_progressive_jpeg_that_gets_no_memory_is_not_damaged(
    tmp_path: Path, progressive: bool, told: str
) -> None:
    """Of 16 megapixels: 96 MB of coefficients where there are 60. Line by line it needs none."""
    large, small = tmp_path / "large.jpg", tmp_path / "small.jpg"
    large.write_bytes(
        encoded(picture(4000, 4000), "JPEG", progressive=progressive, subsampling=0, quality=50)
    )
    small.write_bytes(encoded(picture(), "JPEG"))
    command = [sys.executable, "-c", LIMITED, str(large), str(small)]
    done = subprocess.run(command, env=environment(), capture_output=True, check=True, text=True)
    assert done.stdout.strip() == told


def test_where_no_memory_is_limited_the_number_of_pixels_alone_is() -> None:
    decode_memory.check("WEBP", 49_000_000)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of damaged Exif data and goes on
@pytest.mark.parametrize(
    "kind", ["JPEG", "progressive", "PNG", "WEBP", "GIF", "AVIF", "HEIF", "TIFF", "BMP"]
)
def test_no_damage_to_a_file_is_taken_for_a_fault_of_ours(kind: str) -> None:
    """Anything but Refused would count as our own error and be tried again."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Maker", 6
    exif.get_ifd(0x8769)[0x829A] = 0.008
    options = {"progressive": True} if kind == "progressive" else {}
    whole = encoded(
        picture(),
        "JPEG" if options else kind,
        **options,
        **({} if kind in ("GIF", "BMP") else {"exif": exif}),
    )
    randomly = random.Random(7)
    for _ in range(1500):
        damaged = bytearray(whole)
        for _ in range(randomly.choice((1, 4))):
            damaged[randomly.randrange(min(len(damaged), 400))] = randomly.randrange(256)
        with contextlib.suppress(Refused):
            metadata.metadata(decode(bytes(damaged)).exif)


def test_a_preview_carries_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    decoded = decode(encoded(picture(), "JPEG", exif=exif))
    preview = jpeg(decoded.preview)
    assert b"Exif" not in preview
    assert b"Maker" not in preview
