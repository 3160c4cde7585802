"""How often a hot read asks others: once the service behind, and once Redis for the rate limits."""

import pytest
from conftest import Gateway

from gateway.upstream.client import Upstream


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/analyses/{id}", "result-service"),
        ("/v1/analyses", "result-service"),
        ("/v1/analyses?label=cat", "result-service"),
        ("/v1/me", "user-service"),
    ],
)
async def test_a_read_asks_each_but_once(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, path: str, service: str
) -> None:
    path = path.replace("{id}", (await gateway.submit()).json()["id"])
    auth, asked, ask = gateway.auth(), [], Upstream._exchange

    async def counted(upstream: Upstream, *given: object, **named: object) -> object:
        asked.append(upstream.service)
        return await ask(upstream, *given, **named)  # type: ignore[arg-type]

    await gateway.client.get(path, headers=auth)  # the first one verifies the token
    monkeypatch.setattr(Upstream, "_exchange", counted)
    before = await calls_of_redis(gateway)
    assert (await gateway.client.get(path, headers=auth)).status_code == 200
    assert asked == [service]
    assert await calls_of_redis(gateway) - before == 1


async def calls_of_redis(gateway: Gateway) -> int:
    told = await gateway.redis.info("commandstats")
    return sum(told.get(f"cmdstat_{name}", {"calls": 0})["calls"] for name in ("evalsha", "eval"))
