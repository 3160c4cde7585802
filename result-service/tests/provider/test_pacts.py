"""result-service keeps what the others' pacts expect of it."""

from pathlib import Path
from typing import Any

import pytest
from sightline_testing import pacts, verification
from sightline_testing.verification import Verified
from states import States


@pytest.mark.parametrize(
    "pact", verification.of_provider("result-service"), ids=lambda pact: pact.stem
)
def test_the_service_keeps_the_pact(provider: Any, pact: Path, verified: Verified) -> None:
    states = States(provider)
    with verified(pact):
        pacts.verify(pact, provider.served, states.by_name, states.events)
