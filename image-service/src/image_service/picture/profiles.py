"""From a picture's own colours to sRGB, by its ICC profile."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

KINDS = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
"""Pillow's modes, and the colour space that a profile for them says (ICC.1:2022, table 19)."""
AS_GOOD_AS = 2
"""Of 255: a profile that changes no colour by more is taken for sRGB."""
_SRGB = ImageCms.createProfile("sRGB")
_STEPS = np.linspace(0, 255, 6).astype(np.uint8)
_LATTICE = np.stack(np.meshgrid(_STEPS, _STEPS, _STEPS), axis=-1).reshape(1, -1, 3)


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """RGB, of a picture without transparency, in a mode of 8 bits. A profile that is broken, or not for such
    pictures, is passed over, as browsers do."""
    wanted = KINDS.get(image.mode)
    if profile and wanted is not None:
        try:
            return _converted(image, profile, wanted)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError, SyntaxError):
            pass  # passed over, as the docstring says: in these ways a profile is broken
    return image.convert("RGB")


def _converted(image: Image.Image, profile: bytes, wanted: str) -> Image.Image:
    own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if own.profile.xcolor_space.strip() != wanted:
        raise ValueError(own.profile.xcolor_space)
    if image.mode == "RGB" and _is_srgb(own):
        return image
    return ImageCms.buildTransform(own, _SRGB, image.mode, "RGB").apply(image)


def _is_srgb(own: ImageCms.ImageCmsProfile) -> bool:
    """Most profiles are sRGB: what needs no conversion is spared it, and what makes one fast as well."""
    slow = ImageCms.Flags.NOOPTIMIZE
    conversion = ImageCms.buildTransform(own, _SRGB, "RGB", "RGB", flags=slow)
    lattice: NDArray[np.uint8] = np.asarray(conversion.apply(Image.fromarray(_LATTICE)))
    return bool(np.abs(lattice.astype(int) - _LATTICE).max() <= AS_GOOD_AS)
