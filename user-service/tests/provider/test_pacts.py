"""user-service keeps what the others' pacts expect of it."""

from pathlib import Path
from typing import Any

import pytest
import sightline_pacts
from states import States


@pytest.mark.parametrize(
    "pact", sightline_pacts.of_provider("user-service"), ids=lambda one: one.stem
)
def test_the_service_keeps_the_pact(provider: Any, pact: Path) -> None:
    sightline_pacts.verify(pact, provider.served, States(provider.wiring).by_name)
