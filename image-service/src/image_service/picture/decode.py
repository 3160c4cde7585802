"""From a stranger's bytes to pixels: Pillow with an allow-list, checked before it decodes."""

import io
import math
import warnings
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from image_service.errors import Refused
from image_service.picture import formats, loading, profiles, transparency
from image_service.picture.depth import Scale
from image_service.picture.loading import DAMAGED, DETAIL_SIDE, LONG, PAGE_SIDE, Loaded

PREVIEW_SIDE = 1280
WORK_SIDE = 640
PAGE_PIXELS = 10_000_000
"""The most of a page: 30 MB, of which an instance holds three while it decodes."""
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
SIDEWAYS = frozenset({5, 6, 7, 8})
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Decoded:
    """The first of `frames`. `width` and `height` are those of the full upright image. `preview` (long side at most
    1280 px) and `work` (at most 640 px) are RGB arrays of shape (height, width, 3), in sRGB; so is `detail`, the
    largest copy, at most 1600 px long, or longer where it is a page (`detail_side`). `visible`, of work's
    shape (height, width), is False where the picture is transparent or missing, None where it is neither.
    `truncated`: a part of the file is missing. `grey`: the full upright image, of shape (height, width),
    where it was asked for."""

    width: int
    height: int
    format: str
    frames: int
    orientation_applied: bool
    truncated: bool
    exif: Image.Exif
    detail: Pixels
    preview: Pixels
    work: Pixels
    visible: NDArray[np.bool_] | None
    grey: Pixels | None


def decode(data: bytes, pixels_at_most: int, *, whole: bool = False, page: bool = False) -> Decoded:
    """The first frame, upright. `whole`: the full picture in grey as well; `page`: large enough to read the
    text of a long one. Raises Refused: not-an-image, image-too-large, image-undecodable; and MemoryError."""
    Image.MAX_IMAGE_PIXELS = pixels_at_most
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _decode(data, pixels_at_most, whole=whole, page=page)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            detail = f"An image may have {pixels_at_most} pixels at the most."
            raise Refused("image-too-large", detail) from error
        except UnidentifiedImageError as error:
            raise formats.not_read(data) from error
        except DAMAGED as error:
            raise Refused("image-undecodable", "The image's data are damaged.") from error


def _decode(data: bytes, pixels_at_most: int, *, whole: bool, page: bool) -> Decoded:
    loaded = loading.load(data, pixels_at_most)
    turn = None if loaded.is_turned else TURNS.get(loaded.orientation)
    width, height = loaded.size
    if turn is not None and loaded.orientation in SIDEWAYS:
        width, height = height, width
    scale = Scale(loaded.image)
    side = detail_side(width, height, page=page)
    picture, alpha, ground = _flat(_reduced(loaded.image, scale, side), loaded)
    upright = picture if turn is None else picture.transpose(turn)
    detail = shrunk(np.asarray(upright, dtype=np.uint8), side)
    del picture, upright  # the full picture in grey wants the room
    grey = _whole(loaded, scale, ground, turn) if whole else None
    preview = shrunk(detail, PREVIEW_SIDE)
    work = shrunk(preview, WORK_SIDE)
    return Decoded(
        width=width,
        height=height,
        format=formats.name(loaded.image),
        frames=loaded.frames,
        orientation_applied=loaded.orientation in TURNS,
        truncated=loaded.rows is not None,
        exif=loaded.exif,
        detail=detail,
        preview=preview,
        work=work,
        visible=_visible(alpha, turn, work),
        grey=grey,
    )


def _flat(image: Image.Image, loaded: Loaded) -> tuple[Image.Image, Image.Image | None, int]:
    """RGB in sRGB; how opaque it is, as L, None where all of it is; the brightness of the ground that it was
    laid on."""
    alpha = image.getchannel("A") if "A" in image.getbands() else None
    colours = image if alpha is None else image.convert("L" if image.mode == "LA" else "RGB")
    picture = profiles.to_srgb(colours, loaded.profile)
    if loaded.rows is not None:
        alpha = _with_rows(alpha, loaded.rows, image.size)
    if alpha is None or alpha.getextrema()[0] == 255:  # noqa: PLR2004
        return picture, None, transparency.WHITE
    ground = transparency.ground(np.asarray(picture.convert("L")), np.asarray(alpha))
    return transparency.laid_on(picture, alpha, ground), alpha, ground


def _with_rows(
    alpha: Image.Image | None, rows: NDArray[np.bool_], size: tuple[int, int]
) -> Image.Image:
    """What is missing is as good as transparent."""
    width, height = size
    nearest = np.arange(height) * len(rows) // height
    there = np.repeat(np.where(rows[nearest], np.uint8(255), np.uint8(0))[:, None], width, axis=1)
    opaque = there if alpha is None else np.minimum(there, np.asarray(alpha))
    return Image.fromarray(np.ascontiguousarray(opaque))


def _visible(
    alpha: Image.Image | None, turn: Image.Transpose | None, work: Pixels
) -> NDArray[np.bool_] | None:
    if alpha is None:
        return None
    upright = np.asarray(alpha if turn is None else alpha.transpose(turn), dtype=np.uint8)
    height, width = work.shape[:2]
    small = cv2.resize(upright, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small >= transparency.SEEN)


def _whole(loaded: Loaded, scale: Scale, ground: int, turn: Image.Transpose | None) -> Pixels:
    """A JPEG is decoded once more, without its colours: with them the full picture would be held at four times
    the size. A progressive one needs the room of the first for its coefficients, which nobody looks at any
    more."""
    if formats.name(loaded.image) != "jpeg":
        return _grey(loaded.image, scale, ground, turn)
    loaded.image.close()
    with loading.open_image(loaded.data) as image:
        image.draft("L", image.size)
        return _grey(image, Scale(image), ground, turn)


def _grey(image: Image.Image, scale: Scale, ground: int, turn: Image.Transpose | None) -> Pixels:
    """In strips, for the same reason as in `_reduced`."""
    grey = Image.new("L", image.size)
    for top, bottom in _bands(image.height, STRIP_ROWS):
        strip = scale.of_8_bits(image.crop((0, top, image.width, bottom)))
        if "A" in strip.getbands():
            under = Image.new("L", strip.size, ground)
            strip = Image.composite(strip.convert("L"), under, strip.getchannel("A"))
        elif strip.mode == "LAB":
            strip = strip.getchannel("L")
        grey.paste(strip.convert("L"), (0, top))
    return np.asarray(grey if turn is None else grey.transpose(turn), dtype=np.uint8)


def detail_side(width: int, height: int, *, page: bool) -> int:
    """The longer side, in pixels, of the largest copy that is looked at. A long page has its text at the
    size that it has in an ordinary picture: its shorter side is as long as theirs."""
    longer, shorter = max(width, height), min(width, height)
    if not page or longer < LONG * shorter:
        return DETAIL_SIDE
    scale = min(1, PAGE_SIDE / shorter, math.sqrt(PAGE_PIXELS / (width * height)))
    return max(DETAIL_SIDE, round(longer * scale))


def _reduced(image: Image.Image, scale: Scale, side: int) -> Image.Image:
    """Of 8 bits, and smaller by a whole factor, so that the longer side keeps `side` pixels; in strips, since
    whatever is averaged with its transparency or without its palette is copied first."""
    factor = max(1, max(image.size) // side)
    if factor == 1:
        return scale.of_8_bits(image)
    strips = [
        scale.of_8_bits(image.crop((0, top, image.width, bottom))).reduce(factor)
        for top, bottom in _bands(image.height, STRIP_ROWS * factor)
    ]
    smaller = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    for number, strip in enumerate(strips):
        smaller.paste(strip, (0, STRIP_ROWS * number))
    return smaller


def _bands(height: int, rows: int) -> list[tuple[int, int]]:
    return [(top, min(height, top + rows)) for top in range(0, height, rows)]


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
