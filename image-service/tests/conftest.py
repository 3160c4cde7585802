"""Pictures, a real Valkey, and what the worker's tests share."""

import importlib.util
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sightline_stores
from PIL import Image

from image_service.model_file import model_file


@pytest.fixture(scope="session", params=["valkey", "redis"])
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A real Redis where there is a Docker engine, and the embedded one."""
    start = {"valkey": sightline_stores.valkey, "redis": sightline_stores.redis}[request.param]
    with start() as url:
        yield url


@pytest.fixture(scope="session")
def pictures() -> Path:
    """scikit-image's free test pictures; the package itself is not imported."""
    found = importlib.util.find_spec("skimage")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "data"


@pytest.fixture(scope="session")
def models_dir() -> Path:
    given = os.environ.get("MODELS_DIR")
    path = Path(given) if given else Path(__file__).parents[1] / "models"
    if model_file(path) is None:
        pytest.skip("the face model is not there: make models, or MODELS_DIR")
    return path


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()
