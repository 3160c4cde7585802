"""A system whose function does its worst where a picture says so, on a clock that runs faster."""

import os
import time
from collections.abc import Iterator
from typing import Any

import pytest
from local.environments import ROOT

from conftest import COMPOSE, KUBERNETES, User, until
from stack.processes import ProcessStack

SPEED = 100
"""How many seconds of the function's pass in one of the test's: a minute takes 0.6 s."""

INSTANCES = 2
TIMEOUT_S = 2.0
"""Not scaled: it has to hold what an attempt really takes."""


def scaled(seconds: float) -> str:
    return f"{seconds / SPEED:g}"


@pytest.fixture(scope="session")
def own_stack() -> Iterator[ProcessStack]:
    if COMPOSE or KUBERNETES or os.environ.get("BASE_URL"):
        pytest.skip("the function that does its worst is in no image")
    poison = ROOT / "image-service" / "tests"
    source = f"{ROOT / 'image-service' / 'src'}:{ROOT / 'contracts' / 'src'}:{poison}"
    settings = {
        "*": {"LEASE_S": "2", "SWEEP_INTERVAL_S": "0.5", "SWEEP_GRACE_S": "1"},
        "gateway": {"REQUESTS_PER_MINUTE": "100000"},
        "image-service": {
            "PYTHONPATH": source,
            "FUNCTION": "poison",
            "INSTANCES": str(INSTANCES),
            "FUNCTION_TIMEOUT_S": f"{TIMEOUT_S:g}",
            "RETRY_DELAYS_S": f"{scaled(60)},{scaled(120)}",
            "MAX_EVENT_AGE_S": scaled(6 * 3600),
            "INSTANCE_IDLE_S": scaled(60),
            "FORK_SERVER_IDLE_S": scaled(900),
            "DRAIN_S": "0.2",
            "REUSE_FOR_S": "0",
        },
    }
    with ProcessStack(settings=settings) as stack:
        yield stack


@pytest.fixture(scope="session")
def base_url(own_stack: ProcessStack) -> str:
    """Of this one, and not of the one that other suites of the same run have."""
    return own_stack.base_url


@pytest.fixture
def coffee(pictures: Any) -> bytes:
    return bytes((pictures / "coffee.png").read_bytes())


class Function:
    """What there is to see of it from outside."""

    def __init__(self, admin: User) -> None:
        self._admin = admin

    def live(self) -> dict[str, float]:
        """Asked again where no worker answers in time: a busy machine is not what is looked at."""

        def answered() -> dict[str, float] | None:
            answer = self._admin.get("/v1/function")
            assert answer.status_code in (200, 503, 504), answer.text
            return answer.json()["live"] if answer.status_code == 200 else None

        return dict(until(answered))

    def set(self, **changes: Any) -> None:
        """Returns when a worker has taken it up."""

        def answered() -> bool | None:  # a worker that has just come back is found within a second
            answer = self._admin.request("PATCH", "/v1/function", json=changes)
            assert answer.status_code in (200, 503), answer.text
            return answer.status_code == 200 or None

        until(answered)
        given = {name: value for name, value in changes.items() if value is not None}
        until(lambda: given.items() <= self._admin.get("/v1/function").json().items() or None)
        if changes.get("reserved_concurrency") == 0:
            time.sleep(1.2)  # a read that was waiting comes to its end

    def dead_letter(self, analysis_id: str) -> dict[str, Any] | None:
        answer = self._admin.get(f"/v1/dead-letters/{analysis_id}")
        return dict(answer.json()) if answer.status_code == 200 else None

    def redrive(self, analysis_id: str) -> dict[str, Any]:
        return dict(self._admin.post(f"/v1/dead-letters/{analysis_id}/redrive").json())


@pytest.fixture
def function(admin: User) -> Iterator[Function]:
    """With the workers' own settings again afterwards."""
    found = Function(admin)
    yield found
    names = ("memory_mb", "timeout_s", "max_attempts", "max_event_age_s", "reserved_concurrency")
    found.set(**dict.fromkeys(names))
