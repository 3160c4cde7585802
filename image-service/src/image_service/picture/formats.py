"""Which kinds of pictures are read, and the names of those that are not."""

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from image_service.errors import Refused
from image_service.picture import heif

# Pillow imports them when a picture first needs one, and an instance can import nothing then; for one
# that it does not know it would import all that it has. JPEG's needs MPO's, Exif is TIFF.
DECODERS = (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageCms,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
FORMATS = (
    *("JPEG", "PNG", "WEBP", "GIF", "AVIF", "TIFF", "BMP"),
    *(["HEIF"] if heif.register() else []),
)
"""By Pillow's names."""
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # each has pictures and a stack of its own
NAMES = {"MPO": "jpeg"}
"""Of formats in a result, where it is not Pillow's in lower case: MPO is a JPEG with more behind it."""
MAGIC = (
    (b"\0\0\1\0", 0, "ICO"),
    (b"\0\0\2\0", 0, "CUR"),
    (b"\0\0\0\x0cjP  ", 0, "JPEG 2000"),
    (b"\xff\x4f\xff\x51", 0, "JPEG 2000"),
    (b"\0\0\0\x0cJXL ", 0, "JPEG XL"),
    (b"\xff\x0a", 0, "JPEG XL"),
    (b"%PDF", 0, "PDF"),
    (b"%!PS", 0, "PostScript"),
    (b"8BPS", 0, "Photoshop"),
    (b"RIFF", 0, "RIFF"),
    (b"ftyp", 4, "video"),
)
"""The first bytes of what is not read, and where they stand. Looked at only where nothing was recognised."""
SVG_WITHIN = 1024
COMPRESSIONS = frozenset(
    {"raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "tiff_deflate", "jpeg"}
    | {"group3", "group4", "tiff_ccitt", "tiff_raw_16"}
)
"""Of TIFF, by Pillow's names."""


def name(image: Image.Image) -> str:
    kind = str(image.format)
    return NAMES.get(kind, kind.lower())


def check_compression(image: Image.Image) -> None:
    """Raises Refused for a TIFF in one of the compressions that few write."""
    kind = str(image.info.get("compression", "raw"))
    if image.format == "TIFF" and kind not in COMPRESSIONS:
        raise Refused("image-undecodable", f"TIFF images compressed by {kind} are not read.")


def not_read(data: bytes) -> Refused:
    """Why a file that was not recognised is no picture, by its kind where that can be told."""
    known = f"Known kinds are {', '.join(FORMATS)}."
    for magic, at, kind in MAGIC:
        if data[at : at + len(magic)] == magic:
            return Refused("not-an-image", f"{kind} files are not read. {known}")
    if b"<svg" in data[:SVG_WITHIN].lower():
        return Refused("not-an-image", f"SVG files are not read. {known}")
    return Refused("not-an-image", known)
