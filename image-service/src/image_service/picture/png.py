"""A PNG without what stands beside its picture.

Text, dates, sizes on paper and the like may be damaged, or unpack to hundreds of megabytes; a browser shows
the picture all the same. Pillow reads them with the picture, and fails with them. So it is given the chunks
that make the picture, and those that it needs are checked here (PNG, third edition, sections 5 and 11).
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER, LENGTH_AND_KIND, CHECK = 13, 8, 4
TRANSPARENT = {0: 2, 2: 6}
"""Bytes of tRNS, by colour type; a palette (3) has at most one for each colour."""
PALETTE = 3
PROFILE_AT_MOST = 4 << 20
"""Bytes of a colour profile, unpacked."""


@dataclass(frozen=True)
class Png:
    """`data`: the file to decode, of its first frame alone. `profile`: its ICC profile, unpacked, b"" without
    one. `exif`: as it stands there. `frames`: how many it has."""

    data: bytes
    profile: bytes
    exif: bytes
    frames: int


@dataclass(frozen=True)
class _Chunk:
    """`raw`: as it stands in the file, b"" where it is cut or was made here."""

    kind: bytes
    body: memoryview | bytes
    raw: memoryview | bytes = b""

    @property
    def is_right(self) -> bool:
        return bytes(self.raw[-CHECK:]) == self._check()

    def packed(self) -> memoryview | bytes:
        """Pillow does not look at the check of data, and at the others'."""
        if self.raw and self.kind == b"IDAT":
            return self.raw
        return struct.pack(">I", len(self.body)) + self.kind + self.body + self._check()

    def _check(self) -> bytes:
        return struct.pack(">I", zlib.crc32(self.body, zlib.crc32(self.kind)))


def is_png(data: bytes) -> bool:
    return data.startswith(SIGNATURE)


def bare(data: bytes) -> Png:
    """Of any bytes that begin as a PNG: what is damaged in its picture stays as it is."""
    kept: list[_Chunk] = []
    beside: dict[bytes, bytes] = {}
    controls, controlled = 0, False
    for chunk in _chunks(data):
        if chunk.kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
            kept.append(chunk)
        elif chunk.kind == b"tRNS" and chunk.is_right and _fits(chunk, kept):
            kept.append(_scaled(chunk, bytes(kept[0].body)))
        elif chunk.kind in (b"iCCP", b"eXIf") and chunk.is_right:
            beside.setdefault(chunk.kind, bytes(chunk.body))
        elif chunk.kind == b"fcTL":
            controls += 1
            controlled = controlled or all(one.kind != b"IDAT" for one in kept)
    return Png(
        data=SIGNATURE + b"".join(_packed(kept)),
        profile=_profile(beside.get(b"iCCP", b"")),
        exif=beside.get(b"eXIf", b""),
        frames=max(1, controls + (0 if controlled else 1)),
    )


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """The last may be cut."""
    at, whole = len(SIGNATURE), memoryview(data)
    while at + LENGTH_AND_KIND <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, stop = data[at + 4 : at + 8], at + LENGTH_AND_KIND + length
        body = whole[at + LENGTH_AND_KIND : stop]
        yield _Chunk(kind, body, whole[at : stop + CHECK] if stop + CHECK <= len(data) else b"")
        if kind == b"IEND":
            return
        at = stop + CHECK


def _packed(chunks: list[_Chunk]) -> Iterator[memoryview | bytes]:
    """With an end, whether it had one or not; a header whose check is wrong is given as none."""
    for chunk in chunks:
        if chunk.kind == b"IHDR" and not chunk.is_right:
            return
        if chunk.kind != b"IEND":
            yield chunk.packed()
    yield _Chunk(b"IEND", b"").packed()


def _fits(chunk: _Chunk, before: list[_Chunk]) -> bool:
    header = bytes(next((one.body for one in before if one.kind == b"IHDR"), b""))
    if len(header) != HEADER:
        return False
    colour = header[9]
    if colour == PALETTE:
        palette = next((one.body for one in before if one.kind == b"PLTE"), b"")
        return 0 < len(chunk.body) <= len(palette) // 3
    return len(chunk.body) == TRANSPARENT.get(colour)


def _scaled(chunk: _Chunk, header: bytes) -> _Chunk:
    """To the 8 bits a channel to which Pillow brings pixels of 2 and 4 bits and colours of 16, and the
    transparent one not."""
    depth, colour = header[8], header[9]
    if colour == 0 and depth in (2, 4):
        (value,) = struct.unpack(">H", chunk.body)
        scaled = struct.pack(">H", value * 255 // ((1 << depth) - 1) & 0xFF)
    elif colour == 2 and depth == 16:  # noqa: PLR2004  # as the standard numbers them
        scaled = struct.pack(">3H", *(one >> 8 for one in struct.unpack(">3H", chunk.body)))
    else:
        return chunk
    return _Chunk(chunk.kind, scaled)


def _profile(body: bytes) -> bytes:
    """b"" for one that does not unpack, or to too much."""
    _, _, packed = body.partition(b"\0")
    unpacking = zlib.decompressobj()
    try:
        profile = unpacking.decompress(packed[1:], PROFILE_AT_MOST)
    except zlib.error:
        return b""  # what a picture without one looks like is what browsers show then
    return profile if unpacking.eof else b""
