"""The service as its neighbours meet it: on a port, with its loops beside it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fakes import FakeAccounts, FakeBucket
from redis.asyncio import Redis
from sightline_testing import stores
from sightline_testing.served import Served, serving
from sightline_testing.verification import verified  # noqa: F401  # a fixture

from result_service.app import create_app
from result_service.deliveries.stream import connect
from result_service.settings import Settings
from result_service.sla import read_sla
from result_service.wiring import Adapters, Wiring, wire


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The embedded one alone: what is promised does not depend on the store."""
    with stores.valkey() as url:
        yield url


@dataclass(frozen=True)
class Provider:
    served: Served
    wiring: Wiring
    bucket: FakeBucket
    accounts: FakeAccounts
    redis: Redis


@pytest.fixture(scope="module")
def provider(redis_url: str) -> Iterator[Provider]:
    bucket, accounts = FakeBucket(), FakeAccounts()
    settings = Settings(sweep_interval_s=3600, sweep_grace_s=3600, completion_pause_s=0)
    outside = Adapters(bucket=bucket, stream=connect(redis_url), accounts=accounts)
    wiring = wire(settings, outside, read_sla())
    redis = Redis.from_url(redis_url, decode_responses=True)
    with serving(create_app(wiring)) as served:
        served.run(redis.flushall())
        yield Provider(served, wiring, bucket, accounts, redis)
        served.run(redis.aclose())
