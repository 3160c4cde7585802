"""What the service answers is what its contract says, whatever it is asked."""

from typing import Any

import pytest
from sightline_testing import schemas
from sightline_testing.pacts import ANALYSIS, USER
from states import States

SCHEMA = schemas.of_service("result-service")


@pytest.fixture(autouse=True)
def _one_that_has_failed(provider: Any) -> None:
    """So that it has an outcome and a dead letter."""
    provider.served.run(States(provider).dead(USER, ANALYSIS))


@SCHEMA.parametrize()
@schemas.bounded
def test_the_service_answers_within_its_contract(case: Any, provider: Any) -> None:
    known = {"user_id": USER, "analysis_id": ANALYSIS}
    schemas.ask(case, provider.served.url, known)
