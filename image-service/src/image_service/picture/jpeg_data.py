"""A JPEG's segments (ITU-T T.81, annex B), where it has to be mended."""

from collections.abc import Iterator

START, END = b"\xff\xd8", b"\xff\xd9"
SCAN, COMMENT = 0xDA, 0xFE
PROGRESSIVE = 0xC2
APPLICATION = range(0xE0, 0xF0)
NEEDED = {0xE0: 16, 0xE2: 16, 0xEE: 14}
"""JFIF, the colour profile and Adobe's segment, which says how colours are meant; bytes of the shortest."""
COEFFICIENTS = 64


def is_jpeg(data: bytes) -> bool:
    return data.startswith(START + b"\xff")


def ended(data: bytes) -> bytes:
    """With the marker of its end, which makes the decoder give what it has."""
    return data + END


def bare(data: bytes) -> bytes:
    """Without what programs have written beside the picture."""
    parts, at = [START], 2
    for marker, start, stop in _segments(data):
        whole = stop - start - 2 >= NEEDED.get(marker, 1 << 16)
        if whole or (marker != COMMENT and marker not in APPLICATION):
            parts.append(data[start:stop])
        at = stop
    return b"".join([*parts, data[at:]])


def is_progressive(data: bytes) -> bool:
    return any(marker == PROGRESSIVE for marker, _, _ in _segments(data))


def share(data: bytes) -> float:
    """How much of a progressive picture is there, by the coefficients of its first component that have been
    told at all; the last scan counts as cut. 1 for one that is not progressive: there it is rows."""
    if not is_progressive(data):
        return 1.0
    scans = list(_scans(data))
    told = {one for first, last in scans[:-1] for one in range(first, last + 1)}
    return len(told) / COEFFICIENTS


def _scans(data: bytes) -> Iterator[tuple[int, int]]:
    """The first and last coefficient of each scan of the first component."""
    at, component = len(START), -1
    while True:
        stop = at
        for marker, start, stop in _segments(data, at):  # noqa: B007
            if marker == PROGRESSIVE:
                component = data[start + 10]
            if marker == SCAN:
                count = data[start + 4]
                if component in data[start + 5 : start + 5 + 2 * count : 2]:
                    yield data[start + 5 + 2 * count], data[start + 6 + 2 * count]
        at = _next_marker(data, stop)
        if at < 0:
            return


def _next_marker(data: bytes, at: int) -> int:
    """Behind a scan's data, in which 0xFF is followed by 0 or the number of a restart; -1 without one."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return -1
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7 and data[at + 1] != 0xFF:  # noqa: PLR2004
            return -1 if data[at + 1] == END[1] else at
        at += 1


def _segments(data: bytes, at: int = len(START)) -> Iterator[tuple[int, int, int]]:
    """Marker, first byte and the one behind the last, up to and with the head of the next scan."""
    while at + 4 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if at + 2 + length > len(data):
            return
        yield marker, at, at + 2 + length
        at += 2 + length
        if marker == SCAN:
            return
