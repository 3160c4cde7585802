"""A picture as small as one can be."""

import io

import pytest
from PIL import Image


@pytest.fixture(scope="session")
def tiny() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(picture, "PNG")
    return picture.getvalue()
