"""A restart of Redis costs what is asked while it is away, and nothing that is asked later."""

import asyncio
from collections.abc import Iterator

import pytest
from sightline_testing import stores
from sightline_testing.stores import Restartable

from result_service.deliveries.stream import connect

AT_ONCE = 8


@pytest.fixture(params=["valkey", "redis"])
def redis(request: pytest.FixtureRequest) -> Iterator[Restartable]:
    start = {
        "valkey": stores.restartable_valkey,
        "redis": stores.restartable_redis,
    }
    with start[request.param]() as store:
        yield store


async def test_no_connection_from_before_a_restart_costs_a_request_after_it(
    redis: Restartable,
) -> None:
    stream = connect(redis.url)
    await asyncio.gather(*(stream.check() for _ in range(AT_ONCE)))
    # In a thread, so that this loop notices the end of its connections as that of a service does.
    await asyncio.to_thread(redis.restart)
    await stream.check()
    # The pool hands out the newest first: only many at once come to the oldest.
    await asyncio.gather(*(stream.check() for _ in range(AT_ONCE)))
    await stream.close()
