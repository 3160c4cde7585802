"""Two gateways on the same stores are as one: a key is used once, and a limit holds over both."""

import math
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from security.ledger import Ledger
from security.people import Person
from stack.processes import ProcessStack

AT_ONCE, REQUESTS = 50, 60
PER_MINUTE = 23
"""A number that no other test takes: what they have asked for is not counted here."""


@pytest.fixture
def gateways(stack: ProcessStack) -> Iterator[list[httpx2.Client]]:
    second = stack.launch_beside("gateway", REQUESTS_PER_MINUTE="100000")
    try:
        with (
            httpx2.Client(base_url=stack.url("gateway"), timeout=60, trust_env=False) as one,
            httpx2.Client(base_url=second, timeout=60, trust_env=False) as two,
        ):
            yield [one, two]
    finally:
        stack.kill("gateway-beside")
        del stack.children["gateway-beside"]


def test_one_key_at_both_gateways_makes_one_analysis(
    ledger: Ledger, gateways: list[httpx2.Client], owner: Person, tiny: bytes
) -> None:
    headers = {**owner.bearer, "Idempotency-Key": uuid.uuid4().hex}

    def submit(number: int) -> httpx2.Response:
        form = {"operations": "metadata"}
        files = {"image": ("a.png", tiny)}
        to = gateways[number % len(gateways)]
        return to.post("/v1/analyses", headers=headers, files=files, data=form)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(submit, range(AT_ONCE)))
    statuses = [one.status_code for one in answers]
    assert set(statuses) <= {202, 409}, statuses
    ids = {one.json()["id"] for one in answers if one.status_code == 202}
    listed = [one["id"] for one in owner.user.get("/v1/analyses").json()["items"]]
    quota = owner.user.usage()["quota"]
    counted = quota["used"] + quota["reserved"]
    good = len(ids) == 1 and listed == list(ids) and counted == 1
    outcome = f"{len(listed)} analysis, {counted} reservation"
    ledger.measured("submissions with one key at two gateways", AT_ONCE, outcome, good=good)
    again = submit(1)
    assert (again.status_code, {again.json()["id"]}) == (202, ids)


def test_a_limit_holds_over_both_gateways(
    ledger: Ledger, stack: ProcessStack, owner: Person
) -> None:
    stack.reconfigure("gateway", REQUESTS_PER_MINUTE=str(PER_MINUTE))
    second = stack.launch_beside("gateway", REQUESTS_PER_MINUTE=str(PER_MINUTE))
    try:
        urls, started = [stack.url("gateway"), second], time.monotonic()
        answers = [
            httpx2.get(
                f"{urls[number % 2]}/v1/me", headers=owner.bearer, timeout=30, trust_env=False
            )
            for number in range(REQUESTS)
        ]
        # What a limiter that lets some in again as time goes by may have let in meanwhile.
        allowed = PER_MINUTE + math.ceil(PER_MINUTE * (time.monotonic() - started) / 60)
    finally:
        stack.kill("gateway-beside")
        del stack.children["gateway-beside"]
        stack.reconfigure("gateway")
    statuses = [one.status_code for one in answers]
    assert set(statuses) == {200, 429}
    assert all(int(one.headers["Retry-After"]) >= 1 for one in answers if one.status_code == 429)
    let_in = statuses.count(200)
    good = PER_MINUTE <= let_in <= allowed
    outcome = f"{let_in} let in, {PER_MINUTE} a minute allowed"
    ledger.measured("requests of one user at two gateways", REQUESTS, outcome, good=good)
