"""What the service answers is what its contract says, whatever it is asked."""

from typing import Any

import pytest
from sightline_testing import schemas
from sightline_testing.pacts import ANALYSIS, USER
from states import States

SCHEMA = schemas.of_service("user-service")


@pytest.fixture(autouse=True)
def _somebody(provider: Any) -> None:
    provider.served.run(States(provider.wiring).reserved(USER, ANALYSIS))


@SCHEMA.parametrize()
@schemas.bounded
def test_the_service_answers_within_its_contract(case: Any, provider: Any) -> None:
    schemas.ask(case, provider.served.url, {"user_id": USER})
