"""What can be sent as an image: an address, a file's path, or bytes."""

from dataclasses import dataclass
from pathlib import Path

FILE_AT_MOST = 20 << 20
PRESIGNED_ABOVE = 4 << 20
"""Bytes. A larger file goes straight into the store."""
_BEGINNINGS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
Image = str | Path | bytes
"""A string with http:// or https:// is an address, any other a path."""


@dataclass(frozen=True)
class File:
    name: str
    content: bytes

    @property
    def media_type(self) -> str:
        """By its beginning; the system looks for itself."""
        if self.content[:4] == b"RIFF" and self.content[8:12] == b"WEBP":
            return "image/webp"
        if self.content[4:8] == b"ftyp":
            return "image/heic"
        found = (kind for start, kind in _BEGINNINGS if self.content.startswith(start))
        return next(found, "image/x-unknown")


def address_of(image: Image) -> str | None:
    """None for a file."""
    is_address = isinstance(image, str) and image.lower().startswith(("http://", "https://"))
    return str(image) if is_address else None


def file_of(image: Image) -> File:
    """Raises OSError where it cannot be read, ValueError where it is larger than the system takes."""
    content = image if isinstance(image, bytes) else Path(image).read_bytes()
    if len(content) > FILE_AT_MOST:
        raise ValueError(f"an image may have {FILE_AT_MOST >> 20} MiB at the most")
    return File("image" if isinstance(image, bytes) else Path(image).name, content)
