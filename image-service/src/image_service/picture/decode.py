"""From a stranger's bytes to pixels: Pillow with an allow-list, checked before it decodes."""

import io
import struct
import warnings
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from image_service.errors import Refused
from image_service.picture import decode_memory

# Pillow imports them when a picture first needs one, and an instance can import nothing then; for one
# that it does not know it would import all that it has. JPEG's needs MPO's, Exif is TIFF.
DECODERS = (
    AvifImagePlugin,
    GifImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
PREVIEW_SIDE = 1280
WORK_SIDE = 640
STRIP_ROWS = 64
# By Exif's Orientation. Pillow's own exif_transpose writes the Exif data anew, and fails on bad ones.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
AVERAGED = frozenset({"RGB", "RGBA", "L", "LA"})
SIDEWAYS = frozenset({5, 6, 7, 8})
# In all of these ways Pillow's decoders tell of damaged files; RuntimeError is AVIF's, AssertionError
# that of a palette which is not there.
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
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Decoded:
    """The first of `frames`. `width` and `height` are those of the full upright image. `preview` (long side at most
    1280 px) and `work` (at most 640 px) are RGB arrays of shape (height, width, 3). `grey`: the full
    upright image, of shape (height, width), where it was asked for."""

    width: int
    height: int
    format: str
    frames: int
    orientation_applied: bool
    exif: Image.Exif
    preview: Pixels
    work: Pixels
    grey: Pixels | None = None


def decode(data: bytes, pixels_at_most: int, *, whole: bool = False) -> Decoded:
    """The first frame, upright. `whole`: the full picture in grey as well. Raises Refused: not-an-image,
    image-too-large, image-undecodable; and MemoryError."""
    Image.MAX_IMAGE_PIXELS = pixels_at_most
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each has pictures and a stack of its own
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _decode(data, pixels_at_most, whole=whole)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            detail = f"An image may have {pixels_at_most} pixels at the most."
            raise Refused("image-too-large", detail) from error
        except UnidentifiedImageError as error:
            detail = f"Known kinds are {', '.join(FORMATS)}."
            raise Refused("not-an-image", detail) from error
        except DAMAGED as error:
            raise Refused("image-undecodable", "The image's data are damaged.") from error


def _check_webp(data: bytes, pixels_at_most: int) -> None:
    """Pillow makes room for a WebP's whole canvas, twice, before it says how large it is. Sizes as in
    RFC 9649, sections 2.5 to 2.7. Raises struct.error for one that ends in its header, and Refused."""
    kind, bits = data[12:16], 0x3FFF
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return
    if kind == b"VP8X":
        wide, high = (int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        width, height = wide + 1, high + 1
    elif kind == b"VP8L":
        (packed,) = struct.unpack_from("<I", data, 21)
        width, height = (packed & bits) + 1, (packed >> 14 & bits) + 1
    else:
        width, height = (side & bits for side in struct.unpack_from("<HH", data, 26))
    if width * height > pixels_at_most:
        raise Image.DecompressionBombError
    decode_memory.check("WEBP", width * height)


def _decode(data: bytes, pixels_at_most: int, *, whole: bool) -> Decoded:
    _check_webp(data, pixels_at_most)
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.format == "AVIF":
            clear = image.has_transparency_data
            decode_memory.check(
                "AVIF with transparency" if clear else "AVIF", image.width * image.height
            )
        decode_memory.claim(image)
        exif = image.getexif()
        orientation = exif.get(ExifTags.Base.Orientation)
        turn = TURNS.get(orientation) if isinstance(orientation, int) else None
        width, height = image.size
        if turn is not None and orientation in SIDEWAYS:
            width, height = height, width
        kind = str(image.format).lower()
        grey = _grey_jpeg(data, turn) if whole and kind == "jpeg" else None
        image.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
        # Made small before anything is copied: the largest image allowed is 200 MB as it is.
        smaller = _reduced(image)
        upright = smaller if turn is None else smaller.transpose(turn)
        pixels = np.asarray(_flat(upright), dtype=np.uint8)
        if whole and grey is None:
            grey = _grey(image, turn)
        frames = _frames(image)
    preview = shrunk(pixels, PREVIEW_SIDE)
    return Decoded(
        width=width,
        height=height,
        format=kind,
        frames=frames,
        orientation_applied=turn is not None,
        exif=exif,
        preview=preview,
        work=shrunk(preview, WORK_SIDE),
        grey=grey,
    )


def _grey_jpeg(data: bytes, turn: Image.Transpose | None) -> Pixels:
    """A JPEG of its own, in which the decoder leaves the colours out: in colour the full picture would be
    held at four times the size."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        image.draft("L", image.size)
        return _grey(image, turn)


def _grey(image: Image.Image, turn: Image.Transpose | None) -> Pixels:
    """In strips, for the same reason as in `_reduced`."""
    grey = Image.new("L", image.size)
    for top, bottom in _bands(image.height, STRIP_ROWS):
        grey.paste(_flat(image.crop((0, top, image.width, bottom))).convert("L"), (0, top))
    return np.asarray(grey if turn is None else grey.transpose(turn), dtype=np.uint8)


def _frames(image: Image.Image) -> int:
    """How many the file has. GIF's are counted one by one: 2 s of CPU for the most that fit into
    20 MB. What follows a good first frame may be damaged; then that is all there is to tell of."""
    try:
        return int(getattr(image, "n_frames", 1))
    except DAMAGED:
        return 1


def _reduced(image: Image.Image) -> Image.Image:
    """By a whole factor, not below the preview's size; in strips, since whatever is averaged with
    its transparency or without its palette is copied first."""
    factor = max(image.size) // PREVIEW_SIDE
    if factor <= 1:
        return image
    strips = [
        _averaged(image.crop((0, top, image.width, bottom)), factor)
        for top, bottom in _bands(image.height, STRIP_ROWS * factor)
    ]
    smaller = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    smaller.info = strips[0].info
    for number, strip in enumerate(strips):
        smaller.paste(strip, (0, STRIP_ROWS * number))
    return smaller


def _bands(height: int, rows: int) -> list[tuple[int, int]]:
    return [(top, min(height, top + rows)) for top in range(0, height, rows)]


def _averaged(strip: Image.Image, factor: int) -> Image.Image:
    """Palettes cannot be averaged."""
    strip = _of_8_bits(strip)
    if strip.mode not in AVERAGED:
        strip = strip.convert("RGBA" if strip.has_transparency_data else "RGB")
    return strip.reduce(factor)


def _of_8_bits(image: Image.Image) -> Image.Image:
    """Pillow makes all that is above 255 of 65,535 white where it converts grey of 16 bits."""
    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))


def _flat(image: Image.Image) -> Image.Image:
    """RGB, what is transparent laid on white."""
    image = _of_8_bits(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    colours = image.convert("RGBA")
    white = Image.new("RGBA", colours.size, "white")
    return Image.alpha_composite(white, colours).convert("RGB")


def shrunk(pixels: Pixels, side: int) -> Pixels:
    """At most `side` pixels long, never enlarged."""
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    smaller: Any = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, dtype=np.uint8)


def jpeg(pixels: Pixels) -> bytes:
    """A JPEG without any metadata."""
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "JPEG", quality=85, optimize=True)
    return target.getvalue()
