"""From a file to Pillow's image, its first frame, checked before it is decoded."""

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from image_service.picture import decode_memory, formats, png, salvage, webp

DETAIL_SIDE, PAGE_SIDE = 1600, 1280
"""Pixels of the longer side, at which most faces are found that are 2 % as wide as the picture is long; and of a
long page's shorter side."""
LONG = 2.0
"""A picture that is so many times as long as wide may be a page of text."""
ORIENTATION = ExifTags.Base.Orientation
# In all of these ways Pillow's decoders tell of damaged files; RuntimeError is AVIF's and HEIF's,
# AssertionError that of a palette which is not there.
DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    LookupError,
    OverflowError,
    RuntimeError,
    struct.error,
    AssertionError,
)


@dataclass(frozen=True)
class Loaded:
    """`image`: in the file's own orientation, JPEG's perhaps smaller than it is; `size`: its full width and
    height. `profile`: ICC, b"" without one. `rows`: those of the image that are there, True or False;
    None where the file is whole. `data`: the file, mended where it needed that. `orientation`: Exif's, 1 to 8;
    `is_turned`: the image is upright already."""

    image: Image.Image
    size: tuple[int, int]
    profile: bytes
    exif: Image.Exif
    frames: int
    rows: NDArray[np.bool_] | None
    data: bytes
    orientation: int
    is_turned: bool


def load(data: bytes, pixels_at_most: int) -> Loaded:
    """Raises Refused, MemoryError, what is in DAMAGED, and Pillow's bomb errors."""
    webp.check(data, pixels_at_most)
    drawn = png.bare(data) if png.is_png(data) else None
    source = data if drawn is None else drawn.data
    rows = None
    try:
        image = open_image(source)
        size = image.size
        _decode(image)
    except DAMAGED as error:
        source, image, size, rows = salvage.rescue(source, _opened, error)
    exif = _exif(image, drawn.exif if drawn is not None else None)
    profile = image.info.get("icc_profile") if drawn is None else drawn.profile
    frames = _frames(image) if drawn is None else drawn.frames
    given = profile if isinstance(profile, bytes) else b""
    orientation = exif.get(ORIENTATION)
    is_turned = bool(image.info.get("turned"))
    if image.format == "TIFF":  # Pillow has turned it, and forgotten how
        orientation, is_turned = open_image(source).getexif().get(ORIENTATION), True
    known = orientation if isinstance(orientation, int) and orientation in range(1, 9) else 1
    return Loaded(image, size, given, exif, frames, rows, source, known, is_turned)


def open_image(data: bytes) -> Image.Image:
    """Not decoded yet. Raises as `load`."""
    image = Image.open(io.BytesIO(data), formats=formats.FORMATS)
    formats.check_compression(image)
    decode_memory.check_image(image)
    decode_memory.claim(image)
    return image


def _opened(
    data: bytes, before: Callable[[Image.Image], None]
) -> tuple[Image.Image, tuple[int, int]]:
    """Decoded, with its full size; `before` is called in between."""
    image = open_image(data)
    size = image.size
    before(image)
    _decode(image)
    return image, size


def _decode(image: Image.Image) -> None:
    """A JPEG by a half, a quarter or an eighth where that is no smaller than what is looked at. A long one may
    be a page, of which the shorter side counts."""
    longer, shorter = max(image.size), min(image.size)
    wanted = DETAIL_SIDE * shorter // longer if longer < LONG * shorter else PAGE_SIDE
    sides = (DETAIL_SIDE, wanted) if image.width >= image.height else (wanted, DETAIL_SIDE)
    image.draft("RGB", sides)
    image.load()


def _exif(image: Image.Image, given: bytes | None) -> Image.Exif:
    """What the camera says may be broken, which costs no picture: it is empty then."""
    try:
        if given is None:
            return image.getexif()
        found = Image.Exif()
        found.load(b"Exif\0\0" + given if given else given)
        found.get_ifd(ExifTags.IFD.Exif)
    except DAMAGED:
        return Image.Exif()
    return found


def _frames(image: Image.Image) -> int:
    """How many the file has. GIF's are counted one by one: 2 s of CPU for the most that fit into
    20 MB. What follows a good first frame may be damaged; then that is all there is to tell of. A page of
    TIFF and a second picture of MPO or HEIF is no frame."""
    if image.format in ("TIFF", "MPO", "HEIF"):
        return 1
    try:
        return int(getattr(image, "n_frames", 1))
    except DAMAGED:
        return 1
