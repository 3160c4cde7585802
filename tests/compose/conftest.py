"""An origin that counts."""

from collections.abc import Iterator

import pytest

from compose.counting_origin import CountingOrigin


@pytest.fixture(scope="module")
def counting() -> Iterator[CountingOrigin]:
    origin = CountingOrigin()
    yield origin
    origin.stop()
