"""A service that is slow, away or coming back, as who calls it sees it."""

import asyncio
import contextlib
import contextvars
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from fakes import problem
from prometheus_client import REGISTRY
from sightline_contracts import context as request_context
from sightline_contracts import loader
from sightline_contracts.problems import Overloaded, Unavailable

from gateway.errors import ContractViolation, UpstreamTimeout
from gateway.upstream import client as upstream_module
from gateway.upstream.client import Upstream
from gateway.upstream.resilience import BUDGET_AT_MOST, Breaker, RetryBudget
from gateway.upstream.user_concurrency import current_user

LIVEZ = "/livez"
SLA = loader.sla("user-service")


@dataclass
class Service:
    """Breaks off the next `broken` calls, and holds the others back until it `may` answer."""

    upstream: Upstream
    may: asyncio.Event
    calls: int = 0
    broken: int = 0
    draining: bool = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        if self.broken:
            self.broken -= 1
            assert request.transport is not None
            request.transport.abort()
        await self.may.wait()
        if self.draining:
            return problem(503, "draining")
        return web.json_response({"status": "ok"})


@pytest.fixture
async def service(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """Its SLA with the settings that a test is parametrised with; `timeout_s` is that of all calls."""
    given = dict(getattr(request, "param", {}))
    timeout_s = given.pop("timeout_s", SLA.default.timeout_s)
    default = replace(SLA.default, timeout_s=timeout_s)
    changed = replace(SLA, default=default, settings={**SLA.settings, **given})
    monkeypatch.setattr(loader, "sla", lambda _: changed)
    app = web.Application()
    async with TestServer(app) as server:
        client = Upstream("user-service", str(server.make_url("")))
        found = Service(client, asyncio.Event())
        found.may.set()
        app.router._frozen = False
        app.router.add_route("*", "/{tail:.*}", found.answer)
        await client.open()
        yield found
        found.may.set()
        await client.close()


async def call(service: Service, method: str = "GET", path: str = LIVEZ, **given: Any) -> Any:
    return (await service.upstream.call(method, path, **given)).json()


async def test_a_call_that_is_broken_off_is_made_again(service: Service) -> None:
    before = REGISTRY.get_sample_value("upstream_retries_total", {"service": "user-service"}) or 0
    service.broken = 1
    assert await call(service) == {"status": "ok"}
    assert service.calls == 2
    after = REGISTRY.get_sample_value("upstream_retries_total", {"service": "user-service"})
    assert after == before + 1


async def test_what_was_never_sent_may_be_sent_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = 1
    connect = aiohttp.TCPConnector._create_direct_connection

    async def refuse_once(*given: Any, **more: Any) -> Any:
        nonlocal refused
        if refused:
            refused -= 1
            raise aiohttp.ClientConnectorError(given[1].connection_key, ConnectionRefusedError())
        return await connect(*given, **more)

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_direct_connection", refuse_once)
    with pytest.raises(ContractViolation):  # it was asked, and has but one answer for all
        await call(service, "POST", "/v1/users", json_body={})
    assert (service.calls, refused) == (1, 0)


async def test_a_service_that_drains_has_another_beside_it(service: Service) -> None:
    service.draining = True
    assert await service.upstream.health() == "ok"


@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/users"), ("PATCH", "/v1/users/us_1")])
async def test_what_may_not_be_repeated_is_not(service: Service, method: str, path: str) -> None:
    service.broken = 1
    with pytest.raises(Unavailable):
        await call(service, method, path, json_body={})
    assert service.calls == 1


async def test_a_body_that_is_read_once_is_sent_once(service: Service) -> None:
    service.broken = 1
    with pytest.raises(Unavailable):
        await call(service, "PUT", "/v1/users/us_1/reservations/an_1", data=b"stream")
    assert service.calls == 1


@pytest.mark.parametrize("service", [{"breaker_calls": 10_000}], indirect=True)
async def test_repetitions_are_a_fifth_of_the_calls_at_the_most(service: Service) -> None:
    service.broken = 10_000
    count = 200
    for _ in range(count):
        with pytest.raises(Unavailable):
            await call(service)
    assert service.calls <= count * (1 + SLA.settings["retry_budget"]) + BUDGET_AT_MOST


@pytest.mark.parametrize(
    "service", [{"breaker_calls": 4, "breaker_open_s": 0.2, "retry_budget": 0}], indirect=True
)
async def test_a_service_that_is_away_is_left_alone_and_found_again(service: Service) -> None:
    service.broken = 10_000
    refused = REGISTRY.get_sample_value(
        "upstream_refusals_total", {"service": "user-service", "reason": "breaker"}
    )
    for _ in range(20):
        with pytest.raises(Unavailable) as told:
            await call(service, "POST", "/v1/users", json_body={})
        assert int(told.value.headers["Retry-After"]) >= 1
    assert service.calls < 20
    assert REGISTRY.get_sample_value(
        "upstream_refusals_total", {"service": "user-service", "reason": "breaker"}
    ) > (refused or 0)
    service.broken = 0
    async with asyncio.timeout(5):
        while True:
            with contextlib.suppress(Unavailable):
                assert await call(service) == {"status": "ok"}
                break
            await asyncio.sleep(0.02)
    assert await call(service) == {"status": "ok"}


NERVOUS = {"breaker_calls": 4, "breaker_open_s": 60, "retry_budget": 0}


@pytest.mark.parametrize("service", [NERVOUS], indirect=True)
async def test_a_call_that_was_given_too_little_time_says_nothing_of_the_service(
    service: Service,
) -> None:
    service.may.clear()
    for _ in range(8):
        deadline = request_context.deadline.set(time.monotonic() + 0.02)
        with pytest.raises(UpstreamTimeout):
            await call(service)
        request_context.deadline.reset(deadline)
    service.may.set()
    assert await call(service) == {"status": "ok"}
    assert service.calls == 9


@pytest.mark.parametrize("service", [{**NERVOUS, "timeout_s": 0.05}], indirect=True)
async def test_a_service_that_takes_longer_than_it_may_is_left_alone(service: Service) -> None:
    service.may.clear()
    for _ in range(4):
        with pytest.raises(UpstreamTimeout):
            await call(service)
    with pytest.raises(Unavailable):
        await call(service)
    assert service.calls == 4


async def cancelled(service: Service) -> None:
    before = service.calls
    service.may.clear()
    begun = asyncio.create_task(call(service))
    await arrived(service, before + 1)
    begun.cancel()
    with pytest.raises(asyncio.CancelledError):
        await begun
    service.may.set()


async def failed(service: Service) -> None:
    service.broken = 1
    with pytest.raises(Unavailable):
        await call(service, "POST", "/v1/users", json_body={})


@pytest.mark.parametrize("service", [NERVOUS], indirect=True)
async def test_a_cancelled_call_neither_closes_a_breaker_nor_uses_up_its_look(
    service: Service,
) -> None:
    service.broken = 4
    for _ in range(4):
        with pytest.raises(Unavailable):
            await call(service)
    with pytest.raises(Unavailable):
        await call(service)
    assert service.calls == 4
    breaker = service.upstream._resilience._breaker
    breaker.look_again()
    await cancelled(service)
    assert breaker.is_open
    assert await call(service) == {"status": "ok"}
    assert not breaker.is_open


@pytest.mark.parametrize("service", [{**NERVOUS, "breaker_failures": 1}], indirect=True)
async def test_a_cancelled_call_is_no_answer_between_failures(service: Service) -> None:
    for _ in range(3):
        await failed(service)
        await cancelled(service)
    await failed(service)
    assert service.upstream._resilience._breaker.is_open


@pytest.mark.parametrize("service", [{"concurrency": 3}], indirect=True)
async def test_a_slow_service_holds_no_more_than_its_places(service: Service) -> None:
    service.may.clear()
    held = [asyncio.create_task(call(service)) for _ in range(3)]
    await arrived(service, 3)
    with pytest.raises(Overloaded) as refused:
        await call(service)
    assert refused.value.headers["Retry-After"] == "1"
    service.may.set()
    assert await asyncio.gather(*held) == [{"status": "ok"}] * 3
    assert await call(service) == {"status": "ok"}


async def arrived(service: Service, calls: int) -> None:
    async with asyncio.timeout(5):
        while service.calls < calls:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def in_name_of(
    user: str, service: Service, method: str = "GET", path: str = LIVEZ
) -> asyncio.Task[Any]:
    context = contextvars.copy_context()
    context.run(current_user.set, user)
    return asyncio.create_task(call(service, method, path), context=context)


SHARED = {"concurrency": 3, "concurrency_of_one_user": 2}


@pytest.mark.parametrize("service", [SHARED], indirect=True)
async def test_a_user_with_many_calls_leaves_places_to_another(service: Service) -> None:
    service.may.clear()
    loud = [in_name_of("us_loud", service) for _ in range(20)]
    await arrived(service, 2)
    quiet = in_name_of("us_quiet", service)
    await arrived(service, 3)
    assert service.calls == 3, "of the loud one's not more than its two"
    service.may.set()
    assert await asyncio.gather(quiet, *loud) == [{"status": "ok"}] * 21


@pytest.mark.parametrize("service", [{**SHARED, "breaker_calls": 10_000}], indirect=True)
@pytest.mark.parametrize("how", ["broken off", "cancelled"])
async def test_a_turn_is_over_however_its_call_ends(service: Service, how: str) -> None:
    """While another of the user's goes on: without any its turns would be forgotten."""
    service.may.clear()
    held = in_name_of("us_loud", service)
    await arrived(service, 1)
    for _ in range(SHARED["concurrency_of_one_user"]):
        before, service.broken = service.calls, int(how == "broken off")
        one = in_name_of("us_loud", service, "POST", "/v1/users")
        await arrived(service, before + 1)
        if how == "cancelled":
            one.cancel()
        with pytest.raises((Unavailable, asyncio.CancelledError)):
            await one
    following = in_name_of("us_loud", service)
    await arrived(service, 2 + SHARED["concurrency_of_one_user"])
    service.may.set()
    assert await asyncio.gather(held, following) == [{"status": "ok"}] * 2


@pytest.mark.parametrize("service", [SHARED], indirect=True)
async def test_a_turn_that_does_not_come_is_a_timeout_and_blocks_nobody(service: Service) -> None:
    service.may.clear()
    held = [in_name_of("us_loud", service) for _ in range(2)]
    await arrived(service, 2)
    deadline = request_context.deadline.set(time.monotonic() + 0.05)
    late = in_name_of("us_loud", service)
    request_context.deadline.reset(deadline)
    with pytest.raises(UpstreamTimeout):
        await late
    service.may.set()
    await asyncio.gather(*held)
    assert service.calls == 2
    assert await in_name_of("us_loud", service) == {"status": "ok"}


async def test_a_deadline_that_has_passed_begins_no_call(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream_module.context, "remaining", lambda _: 0.0)
    with pytest.raises(UpstreamTimeout):
        await call(service)
    assert service.calls == 0


def test_a_breaker_does_not_open_on_the_answer_of_a_service_that_is_back() -> None:
    breaker = Breaker(failures=0.5, calls=4, open_s=5)
    for answered in (False, False, False, True):
        breaker.note(answered=answered)
    assert breaker.allows()
    breaker.note(answered=False)
    assert not breaker.allows()


def test_a_breaker_lets_one_look_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("gateway.upstream.resilience.time.monotonic", lambda: now)
    breaker = Breaker(failures=0.5, calls=4, open_s=1)
    for answered in (True, False, True, False):
        assert breaker.allows()
        breaker.note(answered=answered)
    assert not breaker.allows()
    now += 1.1
    assert [breaker.allows() for _ in range(3)] == [True, False, False]
    breaker.note(answered=False)
    assert not breaker.allows()
    now += 1.1
    assert breaker.allows()
    breaker.note(answered=True)
    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_failures_of_long_ago_do_not_open_a_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("gateway.upstream.resilience.time.monotonic", lambda: now)
    breaker = Breaker(failures=0.5, calls=4, open_s=1)
    for _ in range(10):
        breaker.note(answered=False)
        now += 4
    assert breaker.allows()


def test_a_budget_saves_up_no_more_than_its_reserve() -> None:
    budget = RetryBudget("user-service", 0.2)
    for _ in range(200):
        budget.earn()
    assert sum(budget.spend() for _ in range(100)) == BUDGET_AT_MOST
