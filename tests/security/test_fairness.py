"""What one user does is not felt by another: measured in containers, with the stores that the system
is delivered with, and by `make test-security` alone."""

import asyncio
import math
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import aiohttp
import pytest

from bench import peaks
from conftest import User
from security.ledger import Ledger
from security.people import person
from stack.compose import ComposeStack, engine_answers

QUIET_PER_S, HUNDREDFOLD, RATIO = 2, 100, 1.5
SECONDS = 100
LIST = "/v1/analyses"
BURST_S = 65
"""For so long the loud one has been at it before the quiet one is compared: what may come at once, a
minute's allowance, is through by then. What is felt of that burst is told beside."""
AT_ONCE = 1000
"""Of one sender's, under way: beyond that it waits, as a client would have to."""
AS_DELIVERED_BUT = {
    # Users have addresses of their own, and pictures that differ.
    "static-cdn": {"REQUESTS_PER_SECOND": "100000"},
    "image-service": {"REUSE_FOR_S": "0"},
}


@dataclass
class Sent:
    """Of each request: when it was due, counted from the first, and how long after that its answer
    was there, in seconds."""

    answers: list[tuple[float, float]] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def p99_ms(self, since_s: float = 0, until_s: float = math.inf) -> float:
        found = sorted(took for due, took in self.answers if since_s <= due < until_s)
        return 1000 * found[math.ceil(0.99 * len(found)) - 1]


async def send(
    base_url: str,
    bearer: dict[str, str],
    picture: bytes,
    per_s: float,
    seconds: float,
    paths: Sequence[str] = (LIST,),
) -> Sent:
    """Reads and submits by turns, at a steady rate, whatever becomes of it; with more than one path it
    reads these by turns and submits nothing."""
    sent, started, places = Sent(), time.monotonic(), asyncio.Semaphore(AT_ONCE)

    async def one(http: aiohttp.ClientSession, number: int, due: float) -> None:
        method, path, data = "GET", paths[number % len(paths)], None
        if len(paths) == 1 and number % 2:
            method, path, data = "POST", LIST, aiohttp.FormData()
            data.add_field("image", picture, filename="a.png")
            data.add_field("operations", "metadata")
        async with http.request(method, path, headers=bearer, data=data) as answer:
            await answer.read()
        sent.answers.append((due - started, time.monotonic() - due))
        sent.statuses[answer.status] += 1
        places.release()

    timeout, connector = aiohttp.ClientTimeout(total=60), aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(base_url, timeout=timeout, connector=connector) as http,
        asyncio.TaskGroup() as group,
    ):
        for number in range(int(per_s * seconds)):
            due = started + number / per_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await places.acquire()
            if time.monotonic() - started > seconds:
                break
            group.create_task(one(http, number, due))
    return sent


def send_from_elsewhere(*given: object) -> Sent:
    """In a process that stands back: a client has a machine of its own."""
    os.nice(10)
    return asyncio.run(send(*given))  # type: ignore[arg-type]  # as send takes them


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    if not engine_answers():
        pytest.skip("no Docker engine with Compose answers")
    with ComposeStack(AS_DELIVERED_BUT) as stack:
        yield stack.base_url


def read_much(user: User) -> list[str]:
    """Paths of what is large: results of a page full of text, and lists of them."""
    page = peaks.page_of_text()
    ids = [user.submit_file(page, data={"operations": ["text"]})["id"] for _ in range(3)]
    for analysis_id in ids:
        assert user.ended(analysis_id)["status"] == "succeeded"
    return [f"{LIST}?limit=100", *(f"{LIST}/{analysis_id}/result" for analysis_id in ids)]


@pytest.mark.parametrize("what", ["small pictures", "large results"])
def test_a_quiet_user_does_not_feel_a_loud_one(
    ledger: Ledger, base_url: str, sign_up: Callable[[], User], tiny: bytes, what: str
) -> None:
    quiet, noisy = person(sign_up()), sign_up()
    loud = person(noisy)
    paths = read_much(noisy) if what == "large results" else [LIST]
    as_quiet = partial(send, base_url, quiet.bearer, tiny, QUIET_PER_S)
    asyncio.run(as_quiet(10))  # what is slow the first time
    alone = asyncio.run(as_quiet(SECONDS))
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as elsewhere:
        other = elsewhere.submit(
            send_from_elsewhere,
            base_url,
            loud.bearer,
            tiny,
            QUIET_PER_S * HUNDREDFOLD,
            BURST_S + SECONDS,
            paths,
        )
        beside = asyncio.run(as_quiet(BURST_S + SECONDS))
        noise = other.result(timeout=120)
    assert {*alone.statuses, *beside.statuses} <= {200, 202}, "the quiet one is refused nothing"
    before, after, burst = alone.p99_ms(), beside.p99_ms(BURST_S), beside.p99_ms(0, BURST_S)
    row = f"a quiet user's p99 in the first minute beside {what}"
    ledger.said(row, f"{before:.0f} to {burst:.0f} ms")
    outcome = (
        f"{after / before:.2f} times ({before:.0f} to {after:.0f} ms), {RATIO} allowed;"
        f" the loud one was answered {dict(noise.statuses)}"
    )
    tried = noise.statuses.total() + beside.statuses.total()
    good = after <= RATIO * before
    ledger.measured(f"a quiet user's p99 beside a hundredfold, {what}", tried, outcome, good=good)
