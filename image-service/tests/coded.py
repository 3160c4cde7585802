"""Pictures of codes of every kind, made by zxing-cpp's writer and spoilt in the ways that photos are."""

from collections.abc import Callable

import cv2
import numpy as np
import zxingcpp

_F = zxingcpp.BarcodeFormat
CONTENTS = {
    "qr": (_F.QRCode, "https://example.test/ticket/42"),
    "micro-qr": (_F.MicroQRCode, "12345"),
    "rmqr": (_F.RMQRCode, "Gate 42"),
    "data-matrix": (_F.DataMatrix, "DM-0042"),
    "aztec": (_F.Aztec, "Platform 9"),
    "pdf417": (_F.PDF417, "Boarding 14:20"),
    "maxicode": (_F.MaxiCode, "Parcel 4711"),
    "ean-13": (_F.EAN13, "4006381333931"),
    "ean-8": (_F.EAN8, "96385074"),
    "upc-a": (_F.UPCA, "012345678905"),
    "upc-e": (_F.UPCE, "01234565"),
    "code-39": (_F.Code39, "SHELF-12"),
    "code-93": (_F.Code93, "SHELF-12"),
    "code-128": (_F.Code128, "Shelf-12"),
    "codabar": (_F.Codabar, "A123456B"),
    "itf": (_F.ITF, "12345678"),
    "databar": (_F.DataBar, "0012345678905"),
    "databar-expanded": (_F.DataBarExp, "[01]90012345678908[3103]001750"),
}
"""What is written, by kind."""
TEXTS = {
    **{kind: text for kind, (_, text) in CONTENTS.items()},
    "databar": "(01)00123456789050",
    "databar-expanded": "(01)90012345678908(3103)001750",
}
"""What is to be read."""
WHITE, GREY, BLACK = 255, 128, 20


def code(kind: str, module: int = 4, quiet: int = 10) -> np.ndarray:
    """`module`: pixels; `quiet`: modules of white around it, besides those of the writer."""
    format_, content = CONTENTS[kind]
    return written(format_, content, module, quiet)


def written(format_: object, content: str | bytes, module: int = 4, quiet: int = 10) -> np.ndarray:
    symbol = zxingcpp.create_barcode(content, format_)
    drawn = np.asarray(symbol.to_image(scale=module, add_quiet_zones=quiet > 0))
    return np.pad(drawn, quiet * module, constant_values=WHITE)


def turned(picture: np.ndarray, degrees: float, ground: int = WHITE) -> np.ndarray:
    """Counter-clockwise."""
    height, width = picture.shape
    side = int(np.hypot(height, width)) + 20
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turn[:, 2] += (side / 2 - width / 2, side / 2 - height / 2)
    return cv2.warpAffine(picture, turn, (side, side), borderValue=ground, flags=cv2.INTER_CUBIC)


def leaning(picture: np.ndarray, share: float) -> np.ndarray:
    height, width = picture.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = np.array(
        [
            [width * share, height * share / 2],
            [0, 0],
            [-width * share / 2, -height * share / 2],
            [0, 0],
        ]
    )
    across = cv2.getPerspectiveTransform(corners, (corners + moved).astype(np.float32))
    return cv2.warpPerspective(picture, across, (width, height), borderValue=GREY)


def soft(picture: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def noisy(picture: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, WHITE).astype(np.uint8)


def shaded(picture: np.ndarray) -> np.ndarray:
    """The light falls to three tenths from right to left."""
    return (picture * np.linspace(0.3, 1, picture.shape[1])).astype(np.uint8)


def on(photo: np.ndarray, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Somewhere in the left half of a photo that is made as large as `size`, width and height."""
    width, height = (
        max(side, 2 * least) for side, least in zip(size, picture.shape[::-1], strict=True)
    )
    copy = cv2.resize(photo, (width, height), interpolation=cv2.INTER_LINEAR)
    top, left = (copy.shape[0] - picture.shape[0]) // 2, copy.shape[1] // 8
    copy[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return copy


Ways = dict[str, Callable[[str], np.ndarray]]


def ways(photo: np.ndarray) -> Ways:
    """By name, how a code of a kind looks in a picture; `photo`: grey, what lies around some of them."""
    return {
        "plain": code,
        "without a quiet zone": lambda kind: code(kind, quiet=0),
        "bright on dark": lambda kind: WHITE - code(kind),
        "turned 15": lambda kind: turned(code(kind), 15),
        "turned 45": lambda kind: turned(code(kind), 45),
        "turned 90": lambda kind: turned(code(kind), 90),
        "upside down": lambda kind: turned(code(kind), 180),
        "turned 30 on dark": lambda kind: turned(code(kind), 30, BLACK),
        "leaning": lambda kind: leaning(code(kind, 5), 0.1),
        "leaning far": lambda kind: leaning(code(kind, 5), 0.2),
        "soft": lambda kind: soft(code(kind), 1),
        "blurred": lambda kind: soft(code(kind), 2),
        "noisy": lambda kind: noisy(code(kind), 20),
        "very noisy": lambda kind: noisy(code(kind), 50),
        "on a photo": lambda kind: on(photo, code(kind), (1600, 1200)),
        "in 12 megapixels": lambda kind: on(photo, code(kind), (4000, 3000)),
        "turned in 12 megapixels": lambda kind: on(photo, turned(code(kind), 20), (4000, 3000)),
        "two pixels a module": lambda kind: code(kind, 2),
        "one pixel a module": lambda kind: code(kind, 1),
        "twenty pixels a module": lambda kind: code(kind, 20),
        "pale": lambda kind: (110 + code(kind) * 0.12).astype(np.uint8),
        "dark": lambda kind: (code(kind) * 0.15).astype(np.uint8),
        "shaded": lambda kind: shaded(code(kind)),
    }
