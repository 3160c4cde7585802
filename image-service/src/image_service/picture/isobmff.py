"""Exif and turns in a HEIF file (ISO/IEC 14496-12, section 8.11; ISO/IEC 23008-12, section 6.5 and annex A)."""

import struct
from collections.abc import Iterator

EXIF_AT_MOST = 1 << 20
FULL = 4
"""Bytes of version and flags at the beginning of a full box."""


def exif(data: bytes) -> bytes:
    """As it stands in a JPEG, b"" where there is none or it cannot be found."""
    try:
        meta = next(body for kind, body in _boxes(data) if kind == b"meta")
        inner = dict(_boxes(meta[FULL:]))
        number = _item(inner[b"iinf"])
        start, length = _place(inner[b"iloc"], number)
    except (StopIteration, KeyError, struct.error, IndexError):
        return b""  # what the camera says is beside the picture, and may be missing or damaged
    found = data[start : start + min(length, EXIF_AT_MOST)]
    skipped = int.from_bytes(found[:4], "big")
    return b"Exif\0\0" + found[4 + skipped :] if len(found) > 4 + skipped else b""


def is_turned(data: bytes) -> bool:
    """Whether the file itself says how its picture is to be turned or mirrored."""
    properties = (
        kind
        for outer, meta in _boxes(data)
        if outer == b"meta"
        for middle, group in _boxes(meta[FULL:])
        if middle == b"iprp"
        for inner, container in _boxes(group)
        if inner == b"ipco"
        for kind, _ in _boxes(container)
    )
    return any(kind in (b"irot", b"imir") for kind in properties)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        stop = at + length if length >= head else len(data)
        yield kind, data[at + head : stop]
        at = stop


def _item(iinf: bytes) -> int:
    """The number of the item that is Exif. Raises StopIteration."""
    count = 2 if iinf[0] == 0 else 4
    for kind, body in _boxes(iinf[FULL + count :]):
        version = body[0]
        size = 2 if version == 2 else 4  # noqa: PLR2004  # as the standard numbers them
        if kind == b"infe" and body[FULL + size + 2 : FULL + size + 6] == b"Exif":
            return int.from_bytes(body[FULL : FULL + size], "big")
    raise StopIteration


def _place(iloc: bytes, wanted: int) -> tuple[int, int]:
    """Where the item begins in the file, and its length. Raises StopIteration."""
    version, at = iloc[0], FULL + 2
    offset_size, length_size = iloc[FULL] >> 4, iloc[FULL] & 15
    base_size, index_size = iloc[FULL + 1] >> 4, (iloc[FULL + 1] & 15) if version else 0
    number_size = 4 if version == 2 else 2  # noqa: PLR2004

    def read(size: int) -> int:
        nonlocal at
        at += size
        if at > len(iloc):
            raise IndexError(at)
        return int.from_bytes(iloc[at - size : at], "big")

    for _ in range(read(number_size)):
        number = read(number_size)
        in_file = not version or read(2) & 15 == 0
        read(2)
        base = read(base_size)
        extents = []
        for _ in range(read(2)):
            read(index_size)
            extents.append((base + read(offset_size), read(length_size)))
        if number == wanted and in_file and len(extents) == 1:
            return extents[0]
    raise StopIteration
