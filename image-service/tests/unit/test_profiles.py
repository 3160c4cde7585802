"""Pixels are in sRGB before anything looks at them."""

import struct
from pathlib import Path

import numpy as np
import pytest
from conftest import decode, encoded
from icc import RGB_SPACES, cmyk_profile, rgb_profile
from PIL import Image, ImageCms

from image_service.operations import colors, hashes, quality

RED, GREEN = (200, 60, 60), (60, 160, 80)


def scene() -> Image.Image:
    halves = np.zeros((64, 64, 3), np.uint8)
    halves[:, :32], halves[:, 32:] = RED, GREEN
    return Image.fromarray(halves)


def in_space(name: str) -> tuple[Image.Image, bytes]:
    """The scene as it is written in another space, with that space's profile."""
    profile = rgb_profile(name)
    own = ImageCms.ImageCmsProfile(__import__("io").BytesIO(profile))
    return ImageCms.profileToProfile(scene(), ImageCms.createProfile("sRGB"), own), profile


def main_colours(data: bytes) -> list[list[int]]:
    found = decode(data)
    return [found.work[32, 10].tolist(), found.work[32, 50].tolist()]


@pytest.mark.parametrize("space", RGB_SPACES)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_profile_is_applied(space: str, kind: str) -> None:
    picture, profile = in_space(space)
    options = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}}.get(kind, {"quality": 95})
    if kind == "JPEG":
        options["subsampling"] = 0
    data = encoded(picture, kind, icc_profile=profile, **options)
    for found, meant in zip(main_colours(data), (RED, GREEN), strict=True):
        assert np.abs(np.array(found) - meant).max() <= 4 + 6 * (kind in ("AVIF", "HEIF", "JPEG"))


def test_the_same_picture_in_two_spaces_is_the_same_to_all(pictures: Path) -> None:
    with Image.open(pictures / "coffee.png") as coffee:
        photo = coffee.convert("RGB")
    profile = rgb_profile("Display P3")
    own = ImageCms.ImageCmsProfile(__import__("io").BytesIO(profile))
    wide = ImageCms.profileToProfile(photo, ImageCms.createProfile("sRGB"), own)
    one = decode(encoded(photo, "PNG"))
    other = decode(encoded(wide, "PNG", icc_profile=profile))
    assert np.abs(one.preview.astype(int) - other.preview).mean() < 1.5
    assert hashes.hashes(one.work)["phash"] == hashes.hashes(other.work)["phash"]
    assert quality.quality(other.work)["brightness"] == pytest.approx(
        quality.quality(one.work)["brightness"], abs=0.01
    )


def test_channels_that_a_profile_swaps_are_swapped() -> None:
    swapped = Image.merge("RGB", scene().split()[::-1])
    found = main_colours(encoded(swapped, "PNG", icc_profile=rgb_profile("swapped")))
    for one, meant in zip(found, (RED, GREEN), strict=True):
        assert np.abs(np.array(one) - meant).max() <= 4


def test_ink_is_seen_as_its_profile_says() -> None:
    ink = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    plain = decode(encoded(ink, "JPEG", quality=95)).work[16, 16].astype(int)
    told = (
        decode(encoded(ink, "JPEG", quality=95, icc_profile=cmyk_profile()))
        .work[16, 16]
        .astype(int)
    )
    assert plain[0] > 240
    assert np.abs(told - plain).max() > 20
    assert told[0] > told[1] + 60


def test_a_grey_profile_is_applied() -> None:
    grey = Image.new("L", (16, 16), 128)
    linear = encoded(grey, "PNG", icc_profile=rgb_profile("linear grey"))
    assert decode(linear).work[8, 8].tolist() == pytest.approx([188] * 3, abs=3)


def test_transparency_stays_what_it_is() -> None:
    picture, profile = in_space("Adobe RGB")
    picture.putalpha(
        Image.linear_gradient("L").resize((64, 64)).point(lambda one: 255 * (one > 128))
    )
    found = decode(encoded(picture, "PNG", icc_profile=profile))
    assert found.visible is not None
    assert {one["hex"][1] for one in colors.colors(found.work, found.visible)} <= {"c", "3"}


def test_srgb_is_left_as_it_is() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert main_colours(encoded(scene(), "PNG", icc_profile=profile)) == [list(RED), list(GREEN)]


@pytest.mark.parametrize("side", [64, 1500, 3000])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_srgb_is_read_whole_as_well(side: int, progressive: bool) -> None:
    """It needs no conversion, so that the decoder's own pixels are those that are looked at."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = scene().resize((side, side))
    found = decode(
        encoded(picture, "JPEG", icc_profile=profile, progressive=progressive), whole=True
    )
    assert found.grey is not None
    assert found.grey.shape == (side, side)


def broken() -> dict[str, bytes]:
    good = rgb_profile("Display P3")
    return {
        "nothing": b"",
        "no profile": b"x" * 500,
        "half of one": good[: len(good) // 2],
        "a header alone": good[:128],
        "one for ink": cmyk_profile(),
        "one for grey": rgb_profile("linear grey"),
        "tags beyond its end": good[:128] + struct.pack(">I", 60) + good[132:],
        "a space of nobody's": good[:16] + b"XXXX" + good[20:],
        "no signature": good[:36] + b"none" + good[40:],
        "zeros behind the header": good[:128] + bytes(len(good) - 128),
    }


@pytest.mark.parametrize("name", broken())
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_broken_profile_is_passed_over(name: str, kind: str) -> None:
    options = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    data = encoded(scene(), kind, icc_profile=broken()[name], **options)
    for found, meant in zip(main_colours(data), (RED, GREEN), strict=True):
        assert np.abs(np.array(found) - meant).max() <= 4
