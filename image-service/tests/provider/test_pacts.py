"""image-service keeps what the gateway's pact expects of it."""

from pathlib import Path

import pytest
from sightline_testing import pacts, verification
from sightline_testing.served import Served
from sightline_testing.verification import Verified


@pytest.mark.parametrize(
    "pact", verification.of_provider("image-service"), ids=lambda one: one.stem
)
def test_the_service_keeps_the_pact(served: Served, pact: Path, verified: Verified) -> None:
    with verified(pact):
        pacts.verify(pact, served, states={})
