"""Pixels of more than 8 bits, of palettes and of single bits, to 8 bits a channel."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

BITS_OF_PNG = 16
WHITE_IS_ZERO = 0
PHOTOMETRIC, BITS = TiffImagePlugin.PHOTOMETRIC_INTERPRETATION, TiffImagePlugin.BITSPERSAMPLE
COLOURS = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "LAB"})
"""Modes that are kept: what is averaged and converted is of one of these."""


class Scale:
    """How the grey of one picture becomes 8 bits: the same for each of its strips. Raises what Pillow raises for
    a damaged picture, since it may decode it."""

    def __init__(self, image: Image.Image) -> None:
        self._shift = _bits(image) - 8 if image.mode.startswith("I;16") else None
        self._low, self._high = _range(image)
        self._inverted = _is_inverted(image)
        given = image.info.get("transparency")
        self._clear = given if isinstance(given, int) and image.mode.startswith("I") else None

    def of_8_bits(self, strip: Image.Image) -> Image.Image:
        """One of the modes in COLOURS."""
        if strip.mode.startswith("I") or strip.mode == "F":
            return self._grey(np.asarray(strip))
        if strip.mode in COLOURS and "transparency" not in strip.info:
            return strip
        if strip.mode == "PA" or strip.has_transparency_data:
            return strip.convert("RGBA")
        return strip.convert("L" if strip.mode == "1" else "RGB")

    def _grey(self, values: NDArray[Any]) -> Image.Image:
        if self._shift is not None:
            grey = np.minimum(values >> self._shift, 255).astype(np.uint8)
        else:
            share = (values.astype(np.float32) - self._low) / (self._high - self._low)
            grey = np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)
        if self._inverted:
            grey = 255 - grey
        if self._clear is None:
            return Image.fromarray(grey)
        alpha = np.where(values == self._clear, np.uint8(0), np.uint8(255))
        return Image.merge("LA", (Image.fromarray(grey), Image.fromarray(alpha)))


def _range(image: Image.Image) -> tuple[float, float]:
    """What is black and what is white: of 32 bits and of fractions the least and the most, since that is not
    said."""
    if image.mode in ("I", "F"):
        least, most = (float(one) for one in image.getextrema())  # type: ignore[arg-type]
        return least, most if most > least else least + 1
    return 0.0, 255.0


def _bits(image: Image.Image) -> int:
    """Of a grey of more than 8: its upper 8 are kept, as Pillow does with colours of 16."""
    tags = getattr(image, "tag_v2", {})
    return max(8, int((tags.get(BITS) or (BITS_OF_PNG,))[0]))


def _is_inverted(image: Image.Image) -> bool:
    """Pillow turns TIFF's WhiteIsZero around in all but 16 bits."""
    tags = getattr(image, "tag_v2", {})
    return image.mode.startswith("I;16") and tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
