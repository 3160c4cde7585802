"""WebP's container (RFC 9649, section 2), as far as Pillow is not to be left alone with it."""

import struct
from collections.abc import Iterator

from PIL import Image

from image_service.picture import decode_memory

HEADER, CHUNK = 12, 8
ALPHA = 0x10
"""The flag of an extended header."""


def is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def check(data: bytes, pixels_at_most: int) -> None:
    """Pillow makes room for a WebP's whole canvas, twice, before it says how large it is. Sizes as in
    RFC 9649, sections 2.5 to 2.7. Raises DecompressionBombError, Refused, and struct.error for a file that
    ends in its header."""
    kind, bits = data[12:16], 0x3FFF
    if not is_webp(data):
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


def filled(data: bytes, value: int) -> bytes:
    """A still picture whose end is missing, as long as it says it is: what is missing is `value` throughout,
    and what stands beside the picture is left out. Raises OSError where less than half is there."""
    parts: dict[bytes, bytes] = {}
    for kind, length, body in _chunks(data):
        if kind in (b"VP8 ", b"VP8L", b"ALPH", b"VP8X"):
            if length > 2 * len(body):
                raise OSError("less than half of a WebP is there")
            parts.setdefault(kind, body + bytes([value]) * (length - len(body)))
    picture = next((kind for kind in (b"VP8 ", b"VP8L") if kind in parts), None)
    if picture is None:
        raise OSError("a WebP without a still picture")
    kinds: list[bytes] = [picture]
    if b"ALPH" in parts and len(parts.get(b"VP8X", b"")) == 10:  # noqa: PLR2004
        parts[b"VP8X"] = bytes([ALPHA]) + parts[b"VP8X"][1:]
        kinds = [b"VP8X", b"ALPH", picture]
    body = b"WEBP" + b"".join(_packed(kind, parts[kind]) for kind in kinds)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """Kind, length as it is said, and what is there."""
    at = HEADER
    while at + CHUNK <= len(data):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        at += CHUNK
        yield kind, length, data[at : at + length]
        at += length + length % 2


def _packed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
