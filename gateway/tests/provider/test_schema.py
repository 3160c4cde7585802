"""What the gateway answers is what its contract says, whatever it is asked, as long as the services
behind it keep theirs."""

from collections.abc import Iterator
from typing import Any, cast

import pytest
from contracted import app_of
from sightline_testing import schemas, stores
from sightline_testing.pacts import ANALYSIS, USER
from sightline_testing.served import Served, serving

from gateway.admission.credentials import Credentials, Principal
from gateway.app import create_app
from gateway.settings import Settings
from gateway.sla import read_sla
from gateway.wiring import adapters, wire

# A stream of events does not end by itself, and a request of AWS's is signed: they have tests of their
# own, with who listens to the one and signs the other.
SCHEMA = schemas.of_service("gateway").exclude(
    path_regex="^/v1/(analyses/.*/)?events$|^/compat/rekognition"
)


class Everybody:
    """Whoever asks may do anything: who may do what has tests of its own."""

    async def by_api_key(self, _key: str) -> Principal:
        return await self.of(None)

    async def of(self, _request: Any) -> Principal:
        scopes = frozenset({"analyses:read", "analyses:write", "account", "admin"})
        return Principal(USER, scopes, USER)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with (
        serving(app_of("user-service")) as users,
        serving(app_of("result-service")) as results,
        serving(app_of("image-service")) as images,
        stores.valkey() as redis_url,
    ):
        settings = Settings(
            redis_url=redis_url,
            user_service_url=users.url,
            result_service_url=results.url,
            image_service_url=images.url,
            requests_per_minute=1_000_000,
        )
        everybody = cast(Credentials, Everybody())
        wiring = wire(settings, adapters(settings), read_sla(), everybody)
        with serving(create_app(wiring)) as served:
            yield served


@SCHEMA.parametrize()
@schemas.bounded
def test_the_gateway_answers_within_its_contract(case: Any, served: Served) -> None:
    schemas.ask(case, served.url, {"analysis_id": ANALYSIS})
