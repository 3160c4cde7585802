"""What the service answers is what its contract says, whatever it is asked."""

from typing import Any

from sightline_testing import schemas
from sightline_testing.served import Served

# Without workers it is not ready, and says so as it should: with a 503.
SCHEMA = schemas.of_service("image-service").exclude(path="/readyz")


@SCHEMA.parametrize()
@schemas.bounded
def test_the_service_answers_within_its_contract(case: Any, served: Served) -> None:
    schemas.ask(case, served.url, {})
