"""What the function promises, a row for each, seen from outside on a clock that runs faster.

The promises are those of AWS Lambda's asynchronous invocation, and what this one keeps beyond them.
Times in the tables are the function's own, in seconds.
"""

import math
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2
import pytest

from bench.memory import descendants
from conformance.conftest import INSTANCES, SPEED, TIMEOUT_S, Function, scaled
from conftest import User, until
from stack.processes import ProcessStack

SECOND = 1.0
FREE = {"crashed", "internal"}


@dataclass(frozen=True)
class Row:
    """`attempts` are the outcomes, `waits` the least time between them, `dead` the condition under
    which the invocation is kept as a dead letter."""

    promise: str
    picture: bytes
    attempts: tuple[str, ...]
    waits: tuple[float, ...] = ()
    dead: str | None = None


NEVER = {"waits": (60, 120), "dead": "RetriesExhausted"}
INVOCATIONS = [
    Row("what succeeds is run once", b"", ("succeeded",)),
    Row(
        "a function error is tried three times, after 1 and 2 minutes",
        b"#fault",
        ("internal",) * 3,
        **NEVER,
    ),
    Row("a timeout is", b"#hang", ("timeout",) * 3, **NEVER),
    Row("an endless loop is a timeout", b"#loop", ("timeout",) * 3, **NEVER),
    Row("too much memory is", b"#memory", ("out-of-memory",) * 3, **NEVER),
    Row("a native crash is", b"#crash", ("crashed",) * 3, **NEVER),
    Row(
        "a process that it may not start is a function error",
        b"#fork-bomb",
        ("internal",) * 3,
        **NEVER,
    ),
    Row("more files than allowed are a function error", b"#fill-tmp", ("internal",) * 3, **NEVER),
    Row(
        "an attempt that fails is made good by the next",
        b"#fault-once-",
        ("internal", "succeeded"),
        (60,),
    ),
    Row(
        "an attempt that hangs is made good by the next",
        b"#hang-once-",
        ("timeout", "succeeded"),
        (60,),
    ),
    Row("a permanent error ends at once and is no dead letter", b"no image", ("not-an-image",)),
]


def told_apart(picture: bytes) -> bytes:
    """Once for each picture, for those that misbehave once."""
    return picture + uuid.uuid4().hex.encode() if picture.endswith(b"-once-") else picture


@pytest.mark.parametrize("row", INVOCATIONS, ids=lambda row: row.promise.replace(" ", "-"))
def test_invocations(user: User, function: Function, coffee: bytes, row: Row) -> None:
    picture = row.picture if row.picture == b"no image" else coffee + told_apart(row.picture)
    analysis = user.ended(user.submit_file(picture)["id"])
    dead = until(lambda: function.dead_letter(analysis["id"])) if row.dead else None  # it follows
    assert dead or function.dead_letter(analysis["id"]) is None
    kept = dead or analysis["result"]
    if kept:
        attempts = kept["attempts"]
        assert tuple(one["outcome"] for one in attempts) == row.attempts
        _check_waits(attempts, row.waits)
        _check_bill(user, analysis, attempts)
        for one in attempts:
            assert one["duration_ms"] <= (TIMEOUT_S + SECOND) * 1000
    assert analysis["attempts"] == len(row.attempts)
    assert (analysis["error"] or {"code": "succeeded"})["code"] == row.attempts[-1]
    assert (dead and dead["condition"]) == row.dead
    if dead is not None:
        assert dead["invocation"]["input"] == analysis["input"]
    after = user.ended(user.submit_file(coffee)["id"])
    assert (after["status"], after["attempts"]) == ("succeeded", 1), "the next one is unaffected"


def _check_waits(attempts: list[dict[str, Any]], waits: tuple[float, ...]) -> None:
    begun = [datetime.fromisoformat(one["started_at"]).timestamp() for one in attempts]
    ended = [at + one["duration_ms"] / 1000 for at, one in zip(begun, attempts, strict=True)]
    for end, begin, wait in zip(ended[:-1], begun[1:], waits, strict=True):
        assert (begin - end) * SPEED >= wait


def _check_bill(user: User, analysis: dict[str, Any], attempts: list[dict[str, Any]]) -> None:
    """Each attempt that is not our fault, rounded up, and one line for all of them."""
    billed_ms = sum(math.ceil(one["duration_ms"]) for one in attempts if one["outcome"] not in FREE)
    metering = analysis["metering"]
    assert metering["billed_ms"] == billed_ms
    gb_seconds = billed_ms / 1000 * metering["memory_mb"] / 1024
    assert metering["gb_seconds"] == pytest.approx(gb_seconds, abs=1e-6)

    def lines() -> list[dict[str, Any]] | None:
        found = user.usage()["line_items"]
        return [one for one in found if one["analysis_id"] == analysis["id"]] or None

    (line,) = until(lines)
    assert (line["billed_ms"], line["gb_seconds"]) == (billed_ms, metering["gb_seconds"])


@dataclass(frozen=True)
class Scene:
    """What a promise needs to be seen."""

    stack: ProcessStack
    user: User
    function: Function
    coffee: bytes
    other: User

    def submit(self, what: bytes = b"", user: User | None = None) -> str:
        return str((user or self.user).submit_file(self.coffee + told_apart(what))["id"])

    def ended(self, analysis_id: str) -> dict[str, Any]:
        return self.user.ended(analysis_id)

    def until(self, **live: float) -> None:
        until(lambda: live.items() <= self.function.live().items() or None)

    def worker(self) -> int:
        return self.stack.children["image-service"].pid


def one_lonely_message_starts_one_instance(scene: Scene) -> None:
    scene.until(instances=0)
    before = scene.function.live()["cold_starts"]
    assert scene.ended(scene.submit())["status"] == "succeeded"
    scene.until(cold_starts=before + 1)


def an_idle_pool_goes_to_zero_and_its_fork_server_later(scene: Scene) -> None:
    scene.ended(scene.submit())
    scene.until(instances=0)
    assert len(descendants(scene.worker())) >= 1, "the fork server is there"
    until(lambda: not descendants(scene.worker()) or None)
    assert scene.ended(scene.submit())["status"] == "succeeded"


def there_are_never_more_instances_than_the_cap(scene: Scene) -> None:
    accepted = [scene.submit(b"#hang-once-") for _ in range(3 * INSTANCES)]
    seen = {0.0}
    until(lambda: seen.add(scene.function.live()["instances"]) or max(seen) >= INSTANCES or None)
    for one in accepted:
        seen.add(scene.function.live()["instances"])
        scene.ended(one)
    assert max(seen) == INSTANCES


def a_busy_instance_is_not_ended_for_being_idle(scene: Scene) -> None:
    """It is busy for longer than the idle time."""
    assert float(scaled(60)) < TIMEOUT_S
    analysis_id = scene.submit(b"#hang")
    scene.until(busy=1)
    starts = scene.function.live()["cold_starts"]
    until(lambda: scene.function.live()["busy"] == 0 or None)
    assert scene.function.live()["cold_starts"] == starts
    assert scene.ended(analysis_id)["error"]["code"] == "timeout"


def system_trouble_burns_no_attempt(scene: Scene) -> None:
    scene.stack.pause("image-service")
    analysis_id = scene.submit()
    scene.stack.pause("s3")
    scene.stack.resume("image-service")
    live = scene.stack.url("image-service") + "/metrics"
    try:
        until(lambda: 'reason="system-trouble"' in httpx2.get(live, timeout=10).text or None)
    finally:
        scene.stack.resume("s3")
    analysis = scene.ended(analysis_id)
    assert (analysis["status"], analysis["attempts"]) == ("succeeded", 1)


def work_older_than_the_event_age_expires_and_is_kept(scene: Scene) -> None:
    scene.function.set(reserved_concurrency=0)
    analysis_id = scene.submit()
    scene.stack.reconfigure("image-service", MAX_EVENT_AGE_S="0.01")
    scene.function.set(reserved_concurrency=None)
    analysis = scene.ended(analysis_id)
    scene.stack.reconfigure("image-service")
    assert (analysis["error"]["code"], analysis["attempts"]) == ("expired", 0)
    dead = until(lambda: scene.function.dead_letter(analysis_id))  # it follows the outcome
    assert dead["condition"] == "EventAgeExceeded"
    again = scene.ended(scene.function.redrive(analysis_id)["id"])
    assert (again["status"], again["retry_of"]) == ("succeeded", analysis_id)


def a_worker_that_is_stopped_hands_back_and_burns_no_attempt(scene: Scene) -> None:
    analysis_id = scene.submit(b"#hang-once-")
    scene.until(busy=1)
    scene.stack.reconfigure("image-service")
    analysis = scene.ended(analysis_id)
    assert (analysis["status"], analysis["attempts"]) == ("succeeded", 1)


def a_worker_that_is_killed_loses_nothing(scene: Scene) -> None:
    analysis_id = scene.submit(b"#hang-once-")
    scene.until(busy=1)
    scene.stack.kill("image-service")
    scene.stack.launch("image-service")
    assert scene.ended(analysis_id)["status"] == "succeeded"
    [line] = until(lambda: scene.user.usage()["line_items"] or None)
    assert line["analysis_id"] == analysis_id


def reserved_concurrency_of_zero_stops_it_and_loses_nothing(scene: Scene) -> None:
    scene.function.set(reserved_concurrency=0)
    accepted = [scene.submit() for _ in range(3)]
    statuses = {scene.user.get(f"/v1/analyses/{one}?wait=1").json()["status"] for one in accepted}
    assert statuses == {"queued"}
    assert scene.function.live()["oldest_age_s"] > 0, "it ages"
    scene.function.set(reserved_concurrency=None)
    assert {scene.ended(one)["status"] for one in accepted} == {"succeeded"}


def settings_are_kept_and_taken_up_by_running_workers(scene: Scene) -> None:
    scene.function.set(max_attempts=2, memory_mb=256)
    scene.stack.reconfigure("image-service")
    analysis = scene.ended(scene.submit(b"#fault"))
    assert analysis["attempts"] == 2
    assert analysis["metering"]["memory_mb"] == 256


def a_cancel_reaches_a_running_instance(scene: Scene) -> None:
    scene.function.set(timeout_s=60)
    analysis_id = scene.submit(b"#hang")
    scene.until(busy=1)
    canceled = scene.user.post(f"/v1/analyses/{analysis_id}/cancel").json()
    assert canceled["status"] == "canceled"
    scene.until(busy=0)
    assert scene.ended(scene.submit())["status"] == "succeeded"


def a_user_with_much_does_not_hold_up_another(scene: Scene) -> None:
    scene.function.set(reserved_concurrency=0)
    with ThreadPoolExecutor(8) as pool:
        crowd = list(pool.map(lambda _: scene.submit(), range(40)))
    quiet = scene.submit(user=scene.other)
    scene.function.set(reserved_concurrency=None)
    finished = scene.other.ended(quiet)["finished_at"]
    later = [one for one in crowd if scene.ended(one)["finished_at"] > finished]
    assert len(later) > len(crowd) / 2


def idle_costs_nothing(scene: Scene) -> None:
    scene.ended(scene.submit())
    until(lambda: scene.user.usage()["line_items"] or None)
    before = scene.user.usage()["totals"]
    scene.until(instances=0)
    assert scene.user.usage()["totals"] == before


SCENES: list[Callable[[Scene], None]] = [
    one_lonely_message_starts_one_instance,
    an_idle_pool_goes_to_zero_and_its_fork_server_later,
    there_are_never_more_instances_than_the_cap,
    a_busy_instance_is_not_ended_for_being_idle,
    system_trouble_burns_no_attempt,
    work_older_than_the_event_age_expires_and_is_kept,
    a_worker_that_is_stopped_hands_back_and_burns_no_attempt,
    a_worker_that_is_killed_loses_nothing,
    reserved_concurrency_of_zero_stops_it_and_loses_nothing,
    settings_are_kept_and_taken_up_by_running_workers,
    a_cancel_reaches_a_running_instance,
    a_user_with_much_does_not_hold_up_another,
    idle_costs_nothing,
]


@pytest.mark.parametrize("promise", SCENES, ids=lambda one: one.__name__.replace("_", "-"))
def test_scenes(
    stack: ProcessStack,
    user: User,
    sign_up: Callable[[], User],
    function: Function,
    coffee: bytes,
    promise: Callable[[Scene], None],
) -> None:
    promise(Scene(stack, user, function, coffee, sign_up()))


SIGNALS = (
    "queue_messages",
    "queue_oldest_age_seconds",
    "analyses_in_flight",
    "instances",
    "instance_starts_total",
    "instance_start_seconds",
    "attempts_total",
    "retries_total",
    "messages_taken_over_total",
    "dead_letters_total",
    "sweeper_repairs_total",
)


@pytest.mark.parametrize("signal", SIGNALS)
def test_signals(stack: ProcessStack, signal: str) -> None:
    services = ("image-service", "result-service")
    pages = [httpx2.get(stack.url(one) + "/metrics", timeout=10).text for one in services]
    assert any(f"# TYPE {signal.removesuffix('_total')}" in page for page in pages)
