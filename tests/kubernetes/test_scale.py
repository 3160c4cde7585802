"""KEDA starts workers by what waits, and takes them away when nothing does. Times are printed; the limits are
promises to users, wide of what was measured."""

import time
from collections.abc import Callable, Iterator

import pytest

from compose.load import Load
from conftest import User, until
from stack.kubernetes import LANES, KubernetesStack, is_ready, kubectl, pods

MOST = 8
"""maxReplicaCount of deploy/kubernetes/components/keda."""
WAITING = 60
FIRST_S, MOST_S, LEAST_S = 30, 60, 120
GONE_S = 180

Report = Callable[[str], None]
pytestmark = pytest.mark.usefixtures("keda", "by_keda")


@pytest.fixture(scope="module")
def by_keda(keda: None, stack: KubernetesStack) -> Iterator[None]:
    stack.by_keda = True
    stack.apply()
    yield
    stack.by_keda = False
    kubectl("delete", "scaledobjects", "--all")
    stack.launch("image-service")


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Report:
    def report(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}")

    return report


@pytest.fixture
def none_runs(stack: KubernetesStack) -> None:
    until(lambda: (not workers("ordinary") and not workers("text")) or None, GONE_S)


def workers(lane: str, *, ready: bool = False) -> int:
    """Pods of a lane that are there, or are ready, without those that are about to end."""
    return sum(
        one["metadata"]["labels"]["sightline/lane"] == lane
        and "deletionTimestamp" not in one["metadata"]
        and (is_ready(one) or not ready)
        for one in pods("image-service")
    )


def seconds_until(look: Callable[[], bool], at_most_s: float) -> float:
    started = time.monotonic()
    until(lambda: look() or None, at_most_s)
    return time.monotonic() - started


@pytest.mark.parametrize(("lane", "operation"), list(zip(LANES, ("metadata", "text"), strict=True)))
def test_a_lonely_message_starts_a_worker_of_its_lane(
    lane: str, operation: str, user: User, letter: bytes, none_runs: None, say: Report
) -> None:
    (other,) = set(LANES) - {lane}
    started = time.monotonic()
    one = user.submit_file(letter, data={"operations": operation})["id"]
    ready_s = seconds_until(lambda: workers(lane, ready=True) > 0, FIRST_S)
    assert user.ended(one)["status"] == "succeeded"
    say(
        f"{lane}: 0 to 1 in {ready_s:.1f} s, its analysis ended after {time.monotonic() - started:.1f} s"
    )
    assert workers(other) == 0


def test_many_waiting_start_as_many_as_are_allowed_and_none_stays(
    admin: User, user: User, tiny: bytes, none_runs: None, say: Report
) -> None:
    """While the function is stopped all of them wait."""
    admin.request("PATCH", "/v1/function", json={"reserved_concurrency": 0})
    try:
        load = Load(user, tiny)
        for _ in range(WAITING):
            load.accepted.append(user.submit_file(tiny, data={"operations": "metadata"})["id"])
        most_s = seconds_until(lambda: workers("ordinary", ready=True) == MOST, MOST_S)
    finally:
        admin.request("PATCH", "/v1/function", json={"reserved_concurrency": None})
    load.check()
    least_s = seconds_until(lambda: workers("ordinary") == 0, LEAST_S)
    say(
        f"{WAITING} waiting: {MOST} ready in {most_s:.1f} s; none left {least_s:.1f} s after the last had ended"
    )
