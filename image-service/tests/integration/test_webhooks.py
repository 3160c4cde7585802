"""A webhook message is sent once as it is, and kept for a further try unless its receiver has it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from conftest import until
from fakes import FakeResults
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from sightline_contracts.tasks import stop

from image_service.fetch.target import Guard
from image_service.upstream.results import ResultService
from image_service.worker.webhook_sender import AT_ONCE, WebhookSender

HEADERS = {
    "Content-Type": "application/json",
    "webhook-id": "msg_01k00000000000000000000000",
    "webhook-timestamp": "1",
    "webhook-signature": "v1,c2lnbmVk",
}
BODY = '{"type":"analysis.completed","data":{"name":"Zoë"}}'


@dataclass
class Receiver:
    """Answers what the path says, and remembers what came."""

    server: TestServer
    got: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    waiting: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.port}"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    app = web.Application()
    found = Receiver(TestServer(app))

    async def answer(request: web.Request) -> web.StreamResponse:
        found.targets.append(request.raw_path)
        found.got.append((request.path, dict(request.headers), await request.text()))
        if request.path == "/wait":
            found.waiting += 1
            await found.go_on.wait()
            return web.Response()
        if request.path == "/302":
            return web.Response(status=302, headers={"Location": "/200"})
        return web.Response(status=int(request.path.strip("/")))

    app.router.add_route("*", "/{tail:.*}", answer)
    async with found.server:
        yield found
        found.go_on.set()


class Bench:
    """A sender on a result-service that has messages."""

    def __init__(self, results: FakeResults, client: ResultService, receiver: Receiver) -> None:
        self.results = results
        self.client = client
        self.sender = WebhookSender(client, Guard(frozenset({receiver.origin})), 0.5)

    def owe(self, url: str) -> dict[str, Any]:
        delivery_id = f"{len(self.results.webhooks):015d}-an_01k00000000000000000000000"
        message = {
            "delivery_id": delivery_id,
            "request_id": "r-1",
            "url": url,
            "headers": HEADERS,
            "body": BODY,
        }
        owed = {"received": False, "message": message}
        self.results.webhooks[delivery_id] = owed
        return owed

    async def tried(self, outcome: str) -> bool:
        """Run until one more message has ended so; whether it was deleted."""
        before = _count(outcome)
        running = asyncio.create_task(self.sender.run())
        await until(lambda: _count(outcome) > before)
        await asyncio.gather(*self.sender._sending)
        await stop(running)
        return not self.results.webhooks


def _count(outcome: str) -> float:
    return REGISTRY.get_sample_value("webhooks_total", {"outcome": outcome}) or 0.0


@pytest.fixture
async def bench(receiver: Receiver, redis_url: str) -> AsyncIterator[Bench]:
    redis = Redis.from_url(redis_url)
    results = FakeResults(redis)
    async with TestServer(results.app) as server, redis:
        client = ResultService(str(server.make_url("")))
        await client.open()
        yield Bench(results, client, receiver)
        await client.close()


async def test_an_address_goes_out_as_it_was_written(bench: Bench, receiver: Receiver) -> None:
    bench.owe(f"{receiver.origin}/200?signature=%2F%3a%27+&x=?")
    assert await bench.tried("delivered")
    assert receiver.targets == ["/200?signature=%2F%3a%27+&x=?"]


async def test_a_message_is_sent_as_it_is_and_deleted(bench: Bench, receiver: Receiver) -> None:
    bench.owe(f"{receiver.origin}/204")
    assert await bench.tried("delivered")
    ((_, headers, body),) = receiver.got
    assert body == BODY
    assert {name: headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503, 302])
async def test_any_other_answer_keeps_it_for_the_next_try(
    bench: Bench, receiver: Receiver, status: int
) -> None:
    bench.owe(f"{receiver.origin}/{status}")
    assert not await bench.tried("failed")
    assert [path for path, *_ in receiver.got] == [f"/{status}"]


async def test_a_receiver_that_is_slow_or_away_is_tried_again(
    bench: Bench, receiver: Receiver
) -> None:
    bench.owe(f"{receiver.origin}/wait")
    assert not await bench.tried("failed")
    bench.results.webhooks.clear()
    bench.sender = WebhookSender(bench.client, Guard(frozenset({"http://127.0.0.1:1"})), 0.5)
    bench.owe("http://127.0.0.1:1/x")
    assert not await bench.tried("failed")


async def test_a_receiver_that_is_gone_hears_no_more(bench: Bench, receiver: Receiver) -> None:
    bench.owe(f"{receiver.origin}/410")
    assert await bench.tried("gone")


@pytest.mark.parametrize(
    "url", ["http://localhost:{port}/200", "http://169.254.169.254/", "file:///etc/passwd"]
)
async def test_an_address_that_is_not_allowed_is_not_opened(
    bench: Bench, receiver: Receiver, url: str
) -> None:
    bench.owe(url.format(port=receiver.server.port))
    assert await bench.tried("refused")
    assert receiver.got == []


async def test_a_receiver_that_hangs_does_not_hold_up_others(
    bench: Bench, receiver: Receiver
) -> None:
    for _ in range(AT_ONCE - 1):
        bench.owe(f"{receiver.origin}/wait")
    bench.sender = WebhookSender(bench.client, Guard(frozenset({receiver.origin})), 30)
    running = asyncio.create_task(bench.sender.run())
    await until(lambda: receiver.waiting == AT_ONCE - 1)
    bench.owe(f"{receiver.origin}/200")
    await until(lambda: any(path == "/200" for path, *_ in receiver.got))
    bench.owe(f"{receiver.origin}/wait")
    await until(lambda: receiver.waiting == AT_ONCE)
    receiver.go_on.set()
    await until(lambda: not bench.results.webhooks)
    await stop(running)


async def test_without_result_service_it_waits_and_goes_on(
    bench: Bench, receiver: Receiver
) -> None:
    bench.results.down = True
    running = asyncio.create_task(bench.sender.run())
    bench.owe(f"{receiver.origin}/200")
    asks = bench.results.asked
    await until(lambda: bench.results.asked > asks)
    bench.results.down = False
    await until(lambda: not bench.results.webhooks)
    await stop(running)


@pytest.mark.parametrize(
    ("spoil", "outcome"),
    [
        (lambda one: one.update(headers=None), "unreadable"),
        (lambda one: one.pop("url"), "unreadable"),
        (lambda one: one.update(url="http://[::1"), "refused"),
        (lambda one: one.update(headers={"webhook-id": "1", "X": "a\r\nb"}), "error"),
    ],
)
async def test_a_message_that_cannot_be_sent_stops_no_other(
    bench: Bench, receiver: Receiver, spoil: Callable[[dict[str, Any]], Any], outcome: str
) -> None:
    before = _count(outcome)
    spoil(bench.owe(f"{receiver.origin}/500")["message"])
    running = asyncio.create_task(bench.sender.run())
    await until(lambda: _count(outcome) == before + 1)
    bench.owe(f"{receiver.origin}/200")
    await until(lambda: any(path == "/200" for path, *_ in receiver.got))
    assert not running.done()
    await stop(running)


async def test_nothing_of_the_users_is_logged(bench: Bench, receiver: Receiver) -> None:
    with structlog.testing.capture_logs() as logged:
        bench.owe(f"{receiver.origin}/500?token=s3cret")
        await bench.tried("failed")
    assert "webhook" in {one["event"] for one in logged}
    assert not any(part in str(logged) for part in ("s3cret", receiver.origin, "Zoë", "c2lnbmVk"))
