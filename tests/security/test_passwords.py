"""Passwords are neither told apart by time, nor guessed in numbers."""

import json
import math
import re
import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
from local.environments import ROOT, python
from sightline_contracts import loader

from security.bounds import FULL, TRIES
from security.ledger import Ledger
from security.people import Person
from stack.processes import ProcessStack

INSIDE = Path(__file__).parent / "inside" / "verify_cost.py"
APART = 0.05 if FULL else 0.10
TIMES = 3
GUESSES, AT_ONCE, MINUTE_S = 1000, 8, 60
ADDRESSES = [f"127.0.0.{number}" for number in range(2, 12)]
TOKEN_ROUTE = re.compile(
    r'^http_requests_total\{method="POST",route="/v1/oauth/token",status="(\d+)"\} (\S+)$',
    re.MULTILINE,
)


def measured() -> dict[str, float]:
    """Medians in seconds, of users that are there and that are not, and of neighbours' difference."""
    source = f"{ROOT / 'user-service' / 'src'}:{ROOT / 'contracts' / 'src'}"
    done = subprocess.run(
        [str(python("user-service")), str(INSIDE), str(TRIES)],
        env={"PYTHONPATH": source},
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return dict(json.loads(done.stdout))


def test_who_is_there_is_not_told_by_time(ledger: Ledger, stack: ProcessStack) -> None:
    """A machine that is busy with something else can be off once; a difference in work cannot."""
    for _ in range(TIMES):
        found = measured()
        # More work for one of them would show in both.
        differences = (found["known"] - found["unknown"], found["apart"])
        apart = min(map(abs, differences)) / found["known"]
        if apart <= APART:
            break
    outcome = f"{apart:.1%} apart ({found['known'] * 1000:.1f} ms), {APART:.0%} allowed"
    what = "wrong passwords, user known or not: medians"
    ledger.measured(what, 2 * TRIES, outcome, good=apart <= APART)


def test_who_is_there_is_not_told_by_the_answer(ledger: Ledger, owner: Person) -> None:
    def answered(name: str, password: str) -> tuple[int, bytes]:
        form = {"grant_type": "password", "username": name, "password": password}
        answer = owner.http.post("/v1/oauth/token", data=form)
        return answer.status_code, answer.content

    nobody = f"{uuid.uuid4().hex}@example.test"
    passwords = ["wrong horse", "", "a" * 128, "a" * 129, "é" * 600, "\0", "' OR 1=1 --", "*"]
    different = [
        password[:20]
        for password in passwords
        if answered(owner.user.email, password) != answered(nobody, password)
    ]
    ledger.none("wrong passwords, user known or not: answers", len(passwords), "differ", different)


def reached(stack: ProcessStack) -> int:
    """How many sign-ins user-service has looked at, by its own count: 503 is before the hasher."""
    text = httpx2.get(f"{stack.url('user-service')}/metrics", trust_env=False, timeout=10).text
    answered = (float(count) for status, count in TOKEN_ROUTE.findall(text) if status != "503")
    return int(sum(answered))


def bound(seconds: float) -> tuple[int, list[str]]:
    """How many guesses may be looked at in this time, and from where they are made: from many
    addresses where those for one account are counted, else from one, whose requests are."""
    settings = loader.sla("gateway").settings
    if "sign_in_account_burst" in settings:
        more = float(settings["sign_in_account_per_hour"]) * seconds / 3600
        return int(settings["sign_in_account_burst"]) + math.ceil(more), ADDRESSES
    per_minute = float(settings["requests_per_minute"])
    return math.ceil(per_minute + per_minute * max(0.0, seconds - MINUTE_S)), ADDRESSES[:1]


def guess(base_url: str, address: str, email: str, count: int) -> list[int]:
    """Statuses. The address is the one that the edge sees; what the client says of it is nothing."""
    transport = httpx2.HTTPTransport(local_address=address)
    headers = {"X-Forwarded-For": "198.51.100.7", "X-Real-IP": "198.51.100.7"}
    found = []
    with httpx2.Client(base_url=base_url, transport=transport, timeout=30, headers=headers) as http:
        for number in range(count):
            form = {"grant_type": "password", "username": email, "password": f"guess {number}"}
            found.append(http.post("/v1/oauth/token", data=form).status_code)
    return found


def test_few_of_many_guesses_are_looked_at(
    ledger: Ledger, stack: ProcessStack, owner: Person
) -> None:
    per_minute = int(loader.sla("gateway").settings["requests_per_minute"])
    stack.reconfigure("gateway", REQUESTS_PER_MINUTE=str(per_minute))
    try:
        _, addresses = bound(0)
        threads = max(1, AT_ONCE // len(addresses)) * len(addresses)
        before, started = reached(stack), time.monotonic()
        with ThreadPoolExecutor(threads) as pool:
            jobs = [
                pool.submit(
                    guess,
                    stack.base_url,
                    addresses[number % len(addresses)],
                    owner.user.email,
                    math.ceil(GUESSES / threads),
                )
                for number in range(threads)
            ]
            statuses = [status for job in jobs for status in job.result()]
        seconds = time.monotonic() - started
        looked_at = reached(stack) - before
    finally:
        stack.reconfigure("gateway")
    assert len(statuses) >= GUESSES
    assert set(statuses) <= {400, 429, 503}, "a guess is refused, or not looked at"
    at_most, _ = bound(seconds)
    outcome = f"{looked_at} looked at, {at_most} allowed (in {seconds:.0f} s)"
    what = f"guesses of one account's password, from {len(addresses)} address(es)"
    good = looked_at <= at_most and statuses.count(400) <= at_most
    ledger.measured(what, len(statuses), outcome, good=good)
