"""What is transparent is laid on the ground that contrasts with it."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SEEN = 128
"""Of 255: a pixel that is as opaque as that is seen."""
NEAR = 5
"""Pixels: as far from what is transparent as a picture's edge reaches."""
PALE, DIM = 170, 85
"""Of 255: what would hardly be seen on white, and on black."""
WHITE, BLACK = 255, 0


def ground(grey: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> int:
    """White, or black where the visible edge of a picture is rather pale than dark. Both of shape
    (height, width)."""
    seen = alpha >= SEEN
    hidden = (~seen).astype(np.uint8)
    edge = seen & (np.asarray(cv2.dilate(hidden, np.ones((NEAR, NEAR), np.uint8))) > 0)
    if not edge.any():
        return WHITE
    return BLACK if np.mean(grey[edge] > PALE) > np.mean(grey[edge] < DIM) else WHITE


def laid_on(image: Image.Image, alpha: Image.Image, brightness: int) -> Image.Image:
    """`image` is RGB, `alpha` L, both of one size."""
    under = Image.new("RGB", image.size, (brightness,) * 3)
    return Image.composite(image, under, alpha)
