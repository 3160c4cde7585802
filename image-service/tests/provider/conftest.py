"""The service as the gateway meets it: on a port. Its workers stay away, so that no instance has to
be started for a question."""

from collections.abc import Iterator

import pytest
from sightline_testing import stores
from sightline_testing.served import Served, serving
from sightline_testing.verification import verified  # noqa: F401  # a fixture

from image_service.app import create_app
from image_service.settings import Settings
from image_service.wiring import real


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with stores.valkey() as url:
        wiring = real(Settings(redis_url=url))
        with serving(create_app(wiring), lifespan="off") as served:
            yield served
            for lane in wiring.lanes:
                served.run(lane.stream.close())
