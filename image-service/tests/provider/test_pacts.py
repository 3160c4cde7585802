"""image-service keeps what the gateway's pact expects of it."""

from pathlib import Path

import pytest
import sightline_pacts
import sightline_verified
from sightline_served import Served
from sightline_verified import Verified


@pytest.mark.parametrize(
    "pact", sightline_verified.of_provider("image-service"), ids=lambda one: one.stem
)
def test_the_service_keeps_the_pact(served: Served, pact: Path, verified: Verified) -> None:
    with verified(pact):
        sightline_pacts.verify(pact, served, states={})
