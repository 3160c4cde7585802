"""The work queues are shown to whoever may watch."""

import pytest
from conftest import Gateway

PATH = "/v1/queues"


@pytest.mark.parametrize("scope", ["account analyses:read", "admin"])
async def test_nobody_else_gets_in(gateway: Gateway, scope: str) -> None:
    answer = await gateway.client.get(PATH, headers=gateway.auth(scope=scope))
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/insufficient-scope")


async def test_who_may_watch_sees_them_and_needs_no_other_scope(gateway: Gateway) -> None:
    answer = await gateway.client.get(PATH, headers=gateway.auth(scope="metrics:read"))
    [queue] = answer.json()["queues"]
    assert (queue["name"], queue["waiting"], queue["oldest_age_s"]) == ("ordinary", 3, 1.25)
