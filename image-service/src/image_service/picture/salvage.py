"""As much of a cut or damaged picture as is there, where that is half of it at least.

Where a decoder stopped is not said by Pillow. It is told by decoding twice over different grounds: a row
that is the same both times was decoded. JPEG's decoder makes the rest grey by itself.
"""

import contextlib
import functools
import itertools
import zlib
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from image_service.picture import jpeg_data, webp

LEAST = 0.5
STRIP = 64
GROUNDS = (0, 255)
PADDINGS = (0x00, 0xAA)
"""In the place of a WebP's missing end; libwebp takes no row of 0xFF."""
BLOCK = 16
"""Rows that JPEG codes together, at the most."""
LONGEST_GAP = 7
"""Rows between two that are there, in a picture whose rows come in several passes (GIF has eight)."""
Rows = NDArray[np.bool_]
Opened = tuple[Image.Image, tuple[int, int]]
Open = Callable[[bytes, Callable[[Image.Image], None]], Opened]


def rescue(
    data: bytes, opened: Open, error: BaseException
) -> tuple[bytes, Image.Image, tuple[int, int], Rows | None]:
    """The mended file, its image, the image's full size and which rows are there, None for all of them.
    `opened` opens and decodes. Raises `error`, or another of a damaged file, where there is too little."""
    if jpeg_data.is_jpeg(data):
        mended, (image, size), rows = _jpeg(data, opened)
    elif webp.is_webp(data):
        mended, (image, size), rows = _webp(data, opened)
    else:
        mended = data
        (image, size), rows = _twice(data, opened, error)
    if rows.mean() < LEAST:
        raise error
    return mended, image, size, None if rows.all() else rows


def _jpeg(data: bytes, opened: Open) -> tuple[bytes, Opened, Rows]:
    mended = jpeg_data.ended(data)
    try:
        found = opened(mended, _nothing)
    except (
        OSError,
        SyntaxError,
        ValueError,
    ):  # what stands beside the picture may be what is damaged
        mended = jpeg_data.ended(jpeg_data.bare(data))
        found = opened(mended, _nothing)
    image = found[0]
    rows = np.ones(image.height, np.bool_)
    if not data.rstrip(b"\0").endswith(jpeg_data.END):
        rows = _not_grey(image, BLOCK * image.height / found[1][1])
        rows &= jpeg_data.share(data) >= LEAST
        if jpeg_data.is_progressive(data):
            rows[-1] = False  # all rows are there, and none is as sharp as it should be
    return mended, found, rows


def _webp(data: bytes, opened: Open) -> tuple[bytes, Opened, Rows]:
    marks = []
    for padding in reversed(PADDINGS):
        mended = webp.filled(data, padding)
        found = opened(mended, _nothing)
        marks.append(_marks(found[0]))
    return mended, found, marks[0] == marks[1]


def _twice(data: bytes, opened: Open, error: BaseException) -> tuple[Opened, Rows]:
    marks = []
    with _in_part():
        for ground in reversed(GROUNDS):
            found = opened(data, functools.partial(_ground, ground))
            marks.append(_marks(found[0]))
    rows = marks[0] == marks[1]
    if rows.mean() < LEAST:
        raise error
    return found, _without_gaps(found[0], rows)


def _nothing(_image: Image.Image) -> None:
    """A JPEG and a WebP are mended before they are decoded."""


def _ground(value: int, image: Image.Image) -> None:
    """What is not decoded will be `value`."""
    prepare = image.load_prepare  # type: ignore[attr-defined]
    places = [tile.extents or (0, 0, *image.size) for tile in image.tile]  # type: ignore[attr-defined]

    def prepared() -> None:
        prepare()
        for place in places:
            image.im.paste(value if len(image.getbands()) == 1 else (value,) * 4, place)

    image.load_prepare = prepared  # type: ignore[attr-defined]


def _marks(image: Image.Image) -> NDArray[np.uint32]:
    """A checksum for each row."""
    found = []
    for top in range(0, image.height, STRIP):
        strip = np.asarray(image.crop((0, top, image.width, min(image.height, top + STRIP))))
        found += [zlib.crc32(row.tobytes()) for row in strip]
    return np.array(found, np.uint32)


def _not_grey(image: Image.Image, block: float) -> Rows:
    """Down to the last row that is not of the decoder's own grey; where rows are missing, so is a part of the
    last `block` of rows before them."""
    rows = np.zeros(image.height, np.bool_)
    for top in range((image.height - 1) // STRIP * STRIP, -1, -STRIP):
        strip = np.asarray(image.crop((0, top, image.width, min(image.height, top + STRIP))))
        drawn = ((strip < 127) | (strip > 128)).reshape(len(strip), -1).any(axis=1)  # noqa: PLR2004
        if drawn.any():
            there = top + int(np.flatnonzero(drawn)[-1]) + 1
            rows[: there if there == image.height else max(0, round(there - block))] = True
            return rows
    return rows


def _without_gaps(image: Image.Image, rows: Rows) -> Rows:
    """A row that is missing between two is as the one above it."""
    there = np.flatnonzero(rows)
    for above, below in itertools.pairwise(there):
        if 1 < below - above <= LONGEST_GAP + 1:
            row = image.crop((0, int(above), image.width, int(above) + 1))
            for missing in range(int(above) + 1, int(below)):
                image.paste(row, (0, missing))
                rows[missing] = True
    return rows


@contextlib.contextmanager
def _in_part() -> Iterator[None]:
    """Pillow gives what it has, here and nowhere else."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
