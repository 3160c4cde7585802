"""image-service keeps what the gateway's pact expects of it."""

from pathlib import Path

import pytest
import sightline_pacts
from sightline_served import Served


@pytest.mark.parametrize(
    "pact", sightline_pacts.of_provider("image-service"), ids=lambda one: one.stem
)
def test_the_service_keeps_the_pact(served: Served, pact: Path) -> None:
    sightline_pacts.verify(pact, served, states={})
