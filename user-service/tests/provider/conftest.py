"""The service as its neighbours meet it: on a port, over an embedded store."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from conftest import QUOTA, SERVER_KEY
from sightline_testing import stores
from sightline_testing.served import Served, serving
from sightline_testing.verification import verified  # noqa: F401  # a fixture

from user_service.app import create_app
from user_service.settings import Settings
from user_service.wiring import Wiring, real


@dataclass(frozen=True)
class Provider:
    served: Served
    wiring: Wiring


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with stores.moto() as store, pytest.MonkeyPatch.context() as patch:
        for name, value in store.environment("DYNAMODB").items():
            patch.setenv(name, value)
        settings = Settings(table_name=f"users-{uuid.uuid4().hex}", monthly_quota=QUOTA)
        wiring = real(settings, SERVER_KEY)
        with serving(create_app(wiring)) as served:
            served.run(wiring.table.create())
            served.run(wiring.signing_keys.ensure())
            yield Provider(served, wiring)
