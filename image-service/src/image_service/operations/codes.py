"""Codes of all common kinds, linear and of two dimensions, by zxing-cpp on the full picture.

The whole picture is searched first, then the places that look like a code that was missed
(`code_regions.py`), and a small picture once more at twice its size.
"""

import base64
import re
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from image_service.operations import maxicode
from image_service.operations.code_regions import Region, regions
from image_service.picture.decode import Pixels
from image_service.picture.geometry import fraction

MODEL = f"zxing-cpp-{metadata.version('zxing-cpp')}"
_F = zxingcpp.BarcodeFormat
KINDS = {
    _F.QRCode: "qr",
    _F.QRCodeModel1: "qr",
    _F.QRCodeModel2: "qr",
    _F.MicroQRCode: "micro-qr",
    _F.RMQRCode: "rmqr",
    _F.DataMatrix: "data-matrix",
    _F.Aztec: "aztec",
    _F.AztecCode: "aztec",
    _F.AztecRune: "aztec",
    _F.PDF417: "pdf417",
    _F.CompactPDF417: "pdf417",
    _F.MicroPDF417: "pdf417",
    _F.MaxiCode: "maxicode",
    _F.EAN13: "ean-13",
    _F.EAN8: "ean-8",
    _F.UPCA: "upc-a",
    _F.UPCE: "upc-e",
    _F.Code39: "code-39",
    _F.Code39Std: "code-39",
    _F.Code39Ext: "code-39",
    _F.Code32: "code-39",
    _F.PZN: "code-39",
    _F.Code93: "code-93",
    _F.Code128: "code-128",
    _F.Codabar: "codabar",
    _F.ITF: "itf",
    _F.ITF14: "itf",
    _F.DataBar: "databar",
    _F.DataBarOmni: "databar",
    _F.DataBarStk: "databar",
    _F.DataBarStkOmni: "databar",
    _F.DataBarLtd: "databar",
    _F.DataBarExp: "databar-expanded",
    _F.DataBarExpStk: "databar-expanded",
}
MATRIX = frozenset({"qr", "micro-qr", "rmqr", "data-matrix", "aztec", "pdf417", "maxicode"})
_LINEAR = (_F.EANUPC, _F.Code39, _F.Code93, _F.Code128, _F.Codabar, _F.ITF, _F.DataBar)
Seen = tuple[NDArray[np.float64], Any]
"""A code's corners in pixels of the picture, shape (4, 2), and zxing-cpp's Barcode."""
_ALL = zxingcpp.BarcodeFormats(
    [_F.QRCode, _F.DataMatrix, _F.Aztec, _F.PDF417, _F.MaxiCode, *_LINEAR]
)
_MAXICODE = zxingcpp.BarcodeFormats([_F.MaxiCode])
_NOT_INVERTED = zxingcpp.BarcodeFormats([_F.PDF417, _F.MaxiCode, *_LINEAR])
"""zxing-cpp looks for the others bright on dark as well."""
ENLARGED_BELOW = 1_500_000
"""Pixels of a picture that is searched at twice its size where nothing was found."""
LINES_AT_LEAST, SHARE_OF_WIDTH, LINES_ANYWAY = 3, 0.12, 24
"""Rows in which bars have to be read: that share of the code's width, or so many. Texture gives codes of
bars that are read in 1 to 14 rows."""
BEYOND = 3
"""Pixels by which a corner may lie outside of the picture, and has to lie inside for bars."""
SAME_WITHIN = 0.6
"""Of a code's diagonal: two codes side by side are further apart."""
PIXELS_OF_A_MODULE = 0.8
MODULES = {
    "ean-13": (95, 0),
    "upc-a": (95, 0),
    "ean-8": (67, 0),
    "upc-e": (51, 0),
    "code-39": (26, 12),
    "code-93": (19, 9),
    "code-128": (35, 5.5),
    "codabar": (0, 9),
    "itf": (8, 7),
    "databar": (112, 0),
    "databar-expanded": (50, 0),
}
"""The narrowest that a code can be, by its standard: so many modules, and so many for each character.
Below a pixel a module there is nothing to read, and what is read is texture. DataBar, which stacked has 50,
is held to twice that: noise gave it at 50 pixels."""
ITF_DIGITS = 6
"""Of the shortest code: its ends are as plain as its digits, so that a part of one may look like a code."""
UPC_A = re.compile(r"0\d{12}")
UNPRINTED = frozenset(map(chr, range(32))) - set("\t\n\r\x04\x1c\x1d\x1e\x1f")
"""Control characters that text has not: those that separate fields are none of them (ISO/IEC 15434)."""


def codes(grey: Pixels) -> list[dict[str, Any]]:
    """From top to bottom. `grey`: the full picture, upright, of shape (height, width).

    `polygon`: the code's four corners as fractions of the image, from the code's own top left on;
    `orientation`: by how many degrees the code is turned clockwise, 0 to 359; `bytes`: the content in
    Base64 where it is no text, and `text` is empty then. The text of GS1 codes has its application
    identifiers in parentheses. A code that is seen and cannot be read is left out. Raises MemoryError.
    """
    height, width = grey.shape
    found: list[Seen] = []
    for corners, code in sorted(_seen(grey), key=lambda one: -len(one[1].bytes)):
        if not any(_same(corners, code, *other) for other in found):
            found.append((corners, code))
    described = [_described(code, corners, (width, height)) for corners, code in found]
    return sorted(described, key=_place)


def _seen(grey: Pixels) -> Iterator[Seen]:
    """Each code, perhaps more than once."""
    taken = [seen for seen in _read(grey, _ALL) if _is_sure(*seen)]
    yield from taken
    for region in regions(grey):
        if not any(_covers(corners, region) for corners, _ in taken):
            for seen in _read_region(region):
                if _is_inside(*seen, grey):
                    taken.append(seen)
                    yield seen
    if not taken and grey.size < ENLARGED_BELOW:
        larger = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        halved = [(corners / 2, code) for corners, code in _read(larger, _ALL)]
        yield from (seen for seen in halved if _is_sure(*seen))


def _read(grey: Any, kinds: zxingcpp.BarcodeFormats) -> list[Seen]:
    found = zxingcpp.read_barcodes(grey, formats=kinds, text_mode=zxingcpp.TextMode.HRI)
    return [(_corners(code), code) for code in found if code.format in KINDS and code.bytes]


def _is_sure(corners: NDArray[np.float64], code: Any) -> bool:
    """Whether bars are no texture: `corners` in pixels of the picture."""
    kind, length = KINDS[code.format], len(code.bytes)
    if kind in MATRIX:
        return True
    left_top, right_top, _, left_bottom = corners
    rows = float(np.linalg.norm(left_bottom - left_top))
    width = float(np.linalg.norm(right_top - left_top))
    fixed, for_each = MODULES[kind]
    if width < PIXELS_OF_A_MODULE * (fixed + for_each * length):
        return False
    enough = rows >= LINES_ANYWAY or rows >= max(LINES_AT_LEAST, SHARE_OF_WIDTH * width)
    return enough and (kind != "itf" or length >= ITF_DIGITS)


def _read_region(region: Region) -> list[Seen]:
    """As it is, then with even light, then with dark and bright changed. In pixels of the picture."""
    even = _even(region.pixels)
    for pixels, kinds in ((region.pixels, _ALL), (even, _ALL), (255 - even, _NOT_INVERTED)):
        read = [(region.places(corners), code) for corners, code in _read(pixels, kinds)]
        if found := [seen for seen in read if _is_sure(*seen)]:
            return found
    if not maxicode.may_be(region.pixels):
        return []
    found = [*_maxicode(region.pixels), *_maxicode(255 - region.pixels)]
    return [(region.places(corners), code) for corners, code in found[:1]]


def _maxicode(pixels: Pixels) -> Iterator[Seen]:
    """At most one. Its corners are those of the region, from the code's own top left on."""
    height, width = pixels.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    for quarters, cut in enumerate(maxicode.cuts(pixels)):
        for _, code in _read(cut, _MAXICODE):
            yield np.roll(corners, -quarters, axis=0), code
            return


def _even(pixels: Pixels) -> Pixels:
    """Between the darkest and the brightest nearby, so that a shadow across a code is gone."""
    size = max(3, max(pixels.shape) // 8) | 1
    kernel = np.ones((size, size), np.uint8)
    bright = cv2.blur(cv2.dilate(pixels, kernel), (size, size)).astype(np.float32)
    dark = cv2.blur(cv2.erode(pixels, kernel), (size, size)).astype(np.float32)
    even = (pixels - dark) / np.maximum(bright - dark, 1.0)
    return np.asarray(np.clip(even * 255, 0, 255), np.uint8)


def _corners(code: Any) -> NDArray[np.float64]:
    at = code.position
    points = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    corners = np.array([(point.x, point.y) for point in points], np.float64)
    along, down = corners[1] - corners[0], corners[3] - corners[0]
    mirrored = along[0] * down[1] < along[1] * down[0]
    # Bars have no mirror image: zxing-cpp gives the upper end first where a code stands on its head.
    return corners[[3, 2, 1, 0]] if mirrored and KINDS[code.format] not in MATRIX else corners


def _is_inside(corners: NDArray[np.float64], code: Any, grey: Pixels) -> bool:
    """Beyond the picture a region repeats its edge, which looks like bars, or like the quiet ground around
    them: a fence that reaches from edge to edge is no code."""
    height, width = grey.shape
    beyond = BEYOND if KINDS[code.format] in MATRIX else -BEYOND
    inside = (corners >= -beyond) & (corners <= np.array([width, height]) + beyond)
    return bool(inside.all())


def _covers(corners: NDArray[np.float64], region: Region) -> bool:
    height, width = region.pixels.shape
    middle = region.places(np.array([[width / 2, height / 2]]))[0]
    inside = cv2.pointPolygonTest(corners.astype(np.float32), middle.tolist(), measureDist=False)
    return bool(inside >= 0)


def _same(
    corners: NDArray[np.float64], code: Any, other_corners: NDArray[np.float64], other: Any
) -> bool:
    """One code of bars may be seen at both ends of them, in two searches, and in part."""
    if code.symbology != other.symbology or code.bytes not in other.bytes:
        return False
    apart = np.linalg.norm(corners.mean(axis=0) - other_corners.mean(axis=0))
    longest = max(np.linalg.norm(one[0] - one[2]) for one in (corners, other_corners))
    return bool(apart < SAME_WITHIN * longest)


def _described(code: Any, corners: NDArray[np.float64], size: tuple[int, int]) -> dict[str, Any]:
    kind, text = KINDS[code.format], _text(code)
    if kind == "upc-e":
        text = code.extra.get("UPCE", text) if code.extra else text
    elif kind == "ean-13" and UPC_A.fullmatch(text or ""):
        kind, text = "upc-a", (text or "")[1:]  # the same bars, by GS1's General Specifications
    along = corners[1] - corners[0]
    return {
        "kind": kind,
        "text": text or "",
        "bytes": base64.b64encode(code.bytes).decode() if text is None else None,
        "polygon": [{"x": fraction(x), "y": fraction(y)} for x, y in corners / size],
        "orientation": round(float(np.degrees(np.arctan2(along[1], along[0])))) % 360,
    }


def _text(code: Any) -> str | None:
    """None where the content is no text: what says so itself is text where it is UTF-8 without control
    characters."""
    kind = code.content_type
    try:
        if kind in (zxingcpp.ContentType.Text, zxingcpp.ContentType.GS1) and code.text:
            return str(code.text)
        text = bytes(code.bytes).decode()
    except UnicodeDecodeError:
        return None
    return None if UNPRINTED & set(text) else text


def _place(code: dict[str, Any]) -> tuple[float, float]:
    first = code["polygon"][0]
    return first["y"], first["x"]
