"""A picture as small as one can be, and an origin that counts."""

import io
from collections.abc import Iterator

import pytest
from PIL import Image

from compose.counting_origin import CountingOrigin


@pytest.fixture(scope="session")
def tiny() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    return picture.getvalue()


@pytest.fixture(scope="module")
def counting() -> Iterator[CountingOrigin]:
    origin = CountingOrigin()
    yield origin
    origin.stop()
