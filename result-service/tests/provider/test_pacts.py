"""result-service keeps what the others' pacts expect of it."""

from pathlib import Path
from typing import Any

import pytest
import sightline_pacts
from states import States


@pytest.mark.parametrize(
    "pact", sightline_pacts.of_provider("result-service"), ids=lambda one: one.stem
)
def test_the_service_keeps_the_pact(provider: Any, pact: Path) -> None:
    states = States(provider)
    sightline_pacts.verify(pact, provider.served, states.by_name, states.events)
