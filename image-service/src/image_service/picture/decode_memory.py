"""Which pictures an instance has no room to decode, told by their headers.

WebP and AVIF are held several times while they are decoded: WebP as two canvases of its decoder, a
frame and the picture, AVIF as planes, a frame and the picture. Measured on files of 20 and 40
megapixels, by the least RLIMIT_DATA that they are decoded within, in bytes for each pixel: WebP 16.1
to 16.3, and once its file, lossy or not, with transparency or without; AVIF 9.2 (4:2:0), 10.9 (4:4:4),
13.5 with transparency, of 8 bits; HEIF 8.0, and 12.5 with transparency. TIFF is held as Pillow's image and, by
libtiff, once more as it is stored, where it is one strip. JPEG (8.3 at the most), PNG (5.3) and GIF (1.8) of 50 megapixels fit
into the usual 512 MB.
"""

import resource

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.TiffImagePlugin import BITSPERSAMPLE

from image_service.errors import Refused

BYTES_OF_A_PIXEL = {
    "WEBP": 16.2,
    "AVIF": 11.0,
    "AVIF with transparency": 13.5,
    "HEIF": 8.1,
    "HEIF with transparency": 12.5,
}
OF_PILLOW = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}
"""Bytes of a pixel of Pillow's own, by mode; 4 in all others."""
TAKEN_AT_MOST, TAKEN_SHARE = 128 << 20, 0.25
"""Of an instance's memory before its first picture: 80 MB in the ordinary pool, 112 in the one that
reads text, and the file. One figure for both, so that a picture does not depend on what else is asked
of it. A quarter where an instance has less than the usual memory: what might fit is tried."""
BESIDE = 16 << 20
"""Bytes for what a decoder needs besides, and for the picture that it gives."""


def check_image(image: Image.Image) -> None:
    """The same for an image that is open and not decoded."""
    pixels = image.width * image.height
    if image.format in ("AVIF", "HEIF"):
        clear = " with transparency" if image.has_transparency_data else ""
        check(f"{image.format}{clear}", pixels)
    elif image.format == "TIFF":
        # A strip may be the whole picture, which libtiff holds beside Pillow's.
        bits = getattr(image, "tag_v2", {}).get(BITSPERSAMPLE, (8,))
        check("TIFF", pixels, OF_PILLOW.get(image.mode, 4) + sum(bits) / 8)


def check(kind: str, pixels: int, bytes_of_a_pixel: float | None = None) -> None:
    """Raises Refused where not even a new instance, with as much memory as this one may have, can
    hold so many pixels of this kind. Without a limit of memory there is none of these."""
    each = bytes_of_a_pixel or BYTES_OF_A_PIXEL[kind]
    memory, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if memory == resource.RLIM_INFINITY:
        return
    left = memory - min(TAKEN_AT_MOST, TAKEN_SHARE * memory)
    at_most = left / each
    if pixels > at_most:
        raise Refused(
            "image-too-large",
            f"{kind} images may have {at_most / 1e6:.1f} million pixels at the most, this one has "
            f"{pixels / 1e6:.1f}: each takes {each:g} bytes while it is decoded, and an "
            f"instance has {memory >> 20} MB. JPEG and PNG need less.",
        )


def claim(image: Image.Image) -> None:
    """Raises MemoryError where a progressive JPEG's coefficients do not fit into what is left now:
    libjpeg has them all at once, two bytes each, and says of memory that it does not get what it says
    of damaged data. A new instance may have it."""
    if not isinstance(image, JpegImageFile) or not image.info.get("progressive"):
        return
    sampling = [(across, down) for _, across, down, _ in image.layer]
    most = max(across for across, _ in sampling) * max(down for _, down in sampling)
    share = sum(across * down for across, down in sampling) / max(1, most)  # damaged ones say 0
    np.empty(int(2 * share * image.width * image.height) + BESIDE, np.uint8)
