"""What the service answers is what its contract says, whatever it is asked."""

from typing import Any

import sightline_schemas
from sightline_served import Served

# Without workers it is not ready, and says so as it should: with a 503.
SCHEMA = sightline_schemas.of_service("image-service").exclude(path="/readyz")


@SCHEMA.parametrize()
@sightline_schemas.bounded
def test_the_service_answers_within_its_contract(case: Any, served: Served) -> None:
    sightline_schemas.ask(case, served.url, {})
