"""What becomes of a message, decided without a queue."""

import base64
from dataclasses import dataclass, field
from typing import Any

import pytest
from sightline_contracts import ids, loader
from sightline_contracts.objectives import Objectives
from structlog.testing import capture_logs

from image_service.errors import Broke, Refused, SystemTrouble
from image_service.instances.answers import Analysed, NotAnalysed, Ran
from image_service.queue.message import Message
from image_service.upstream.function_settings import FunctionControl, FunctionSettings
from image_service.upstream.results import ResultService
from image_service.worker.handler import DEFER_AT_MOST_S, Done, Handler, Retry

FOUND = Ran(Analysed({"image": {"sha256": "aa"}}, b"jpeg"), 30.2, 0.0, 90.0)


@dataclass
class Parts:
    """The handler's collaborators in one: `found` and `trouble` are what they come up with."""

    found: Ran | Exception = FOUND
    trouble: Exception | None = None
    ended: bool = False
    wrote: list[Any] = field(default_factory=list)

    async def has_ended(self, _message: Message) -> bool:
        return self.ended

    async def fetch(self, _address: str) -> bytes:
        return b"image"

    async def run(self, _data: bytes, _message: Message) -> Ran:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    async def put_outcome(self, _message: Message, report: dict[str, Any]) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.wrote.append(report)

    async def handle(self, message: Message, *, alive: bool = False) -> Done | Retry:
        control = FunctionControl(
            ResultService(""), FunctionSettings(512, 30.0, 3, 3600.0, (60.0, 120.0))
        )
        handler: Any = Handler(self, self, self, control, Objectives(loader.sla("image-service")))
        decision: Done | Retry = await handler.handle(message, alive=alive)
        return decision


def message(**data: Any) -> Message:
    given = {"kind": "url", "image_url": "http://a.test/", "operations": ["hash"]}
    data = {
        "analysis_id": ids.new_id("an"),
        "user_id": ids.new_id("us"),
        "created_at": ids.now(),
        "input": given,
        **data,
    }
    return Message("1-0", "request", None, data)


def attempt(number: int, outcome: str = "timeout", duration_ms: float = 100.5) -> dict[str, Any]:
    return {
        "number": number,
        "started_at": ids.now(),
        "duration_ms": duration_ms,
        "init_ms": 0.0,
        "max_memory_mb": 0.0,
        "outcome": outcome,
    }


async def test_the_preview_comes_with_the_outcome() -> None:
    parts = Parts()
    assert await parts.handle(message()) == Done()
    [outcome] = parts.wrote
    assert base64.b64decode(outcome["preview"]) == b"jpeg"
    assert (outcome["status"], outcome["result"]["receipt"]["input_sha256"]) == ("succeeded", "aa")


async def test_an_analysis_that_has_ended_is_not_run() -> None:
    parts = Parts(ended=True, found=AssertionError("it was run"))
    assert await parts.handle(message()) == Done()
    assert parts.wrote == []


async def test_nobody_is_asked_for_an_end_of_which_nothing_is_known() -> None:
    parts = Parts(ended=True)
    await parts.handle(message(), alive=True)
    assert len(parts.wrote) == 1


@pytest.mark.parametrize(
    ("before", "after_s"), [([], 60.0), ([attempt(1)], 120.0), ([attempt(1), attempt(2)], None)]
)
@pytest.mark.parametrize("code", ["timeout", "crashed", "image-unreachable"])
async def test_a_broken_attempt_is_repeated_twice_and_then_fails(
    before: list[dict[str, Any]], after_s: float | None, code: str
) -> None:
    parts = Parts(found=Broke(code, "no"))
    decision = await parts.handle(message(attempts=before))
    if after_s is not None:
        assert isinstance(decision, Retry)
        # What keeps a picture from being fetched has mostly passed within seconds.
        soon = code == "image-unreachable" and not before
        assert decision.after_s == (3.0 if soon else after_s)
        assert [one["number"] for one in decision.message.attempts] == [*range(1, len(before) + 2)]
        assert parts.wrote == []
    else:
        assert decision == Done()
        assert (parts.wrote[0]["error"]["code"], parts.wrote[0]["error"]["attempts"]) == (code, 3)


@pytest.mark.parametrize("lost", [3, 4])
async def test_a_message_that_no_worker_reported_of_is_not_run_again(lost: int) -> None:
    parts = Parts(found=AssertionError("it was run"))
    assert await parts.handle(message(lost_deliveries=lost)) == Done()
    error = parts.wrote[0]["error"]
    assert (error["code"], error["detail"]) == (
        "crashed",
        f"{lost} workers that had it never reported.",
    )
    assert parts.wrote[0]["metering"]["billed_ms"] == 0


async def test_a_message_that_was_lost_less_often_than_it_may_be_tried_is_run() -> None:
    parts = Parts()
    await parts.handle(message(lost_deliveries=2))
    assert parts.wrote[0]["status"] == "succeeded"


@pytest.mark.parametrize(
    "found",
    [Refused("image-not-found", "gone"), Ran(NotAnalysed("not-an-image", "no"), 1.0, 0.0, 1.0)],
)
async def test_an_image_that_will_never_do_fails_at_once(found: Any) -> None:
    parts = Parts(found=found)
    assert await parts.handle(message()) == Done()
    code = found.code if isinstance(found, Refused) else "not-an-image"
    assert (parts.wrote[0]["status"], parts.wrote[0]["error"]["code"]) == ("failed", code)
    assert parts.wrote[0]["error"]["attempts"] == 1


async def test_what_nobody_foresaw_ends_as_internal_and_names_no_address_in_the_log() -> None:
    parts = Parts(found=KeyError("http://secret.test/"))
    with capture_logs() as logged:
        decision = await parts.handle(message(attempts=[attempt(1), attempt(2)]))
    assert decision == Done()
    assert parts.wrote[0]["error"]["code"] == "internal"
    assert "attempt_failed" in str(logged)
    assert "secret" not in str(logged)


@pytest.mark.parametrize("deferrals", [0, 1, 5, 30])
async def test_trouble_of_ours_counts_as_no_attempt_and_waits_ever_longer(deferrals: int) -> None:
    parts = Parts(trouble=SystemTrouble("away"))
    decision = await parts.handle(message(deferrals=deferrals))
    assert isinstance(decision, Retry)
    assert decision.message.attempts == []
    assert decision.message.deferrals == deferrals + 1
    assert 0.5 <= decision.after_s <= 0.5 + min(DEFER_AT_MOST_S, 2**deferrals)


async def test_the_bill_holds_the_instances_start_and_leaves_out_what_was_our_fault() -> None:
    parts = Parts(found=Ran(FOUND.answer, 30.2, 1000.0, 90.0))
    before = [attempt(1, "crashed", 5000.0), attempt(2, "timeout", 100.5)]
    await parts.handle(message(attempts=before))
    metering = parts.wrote[0]["metering"]
    last = parts.wrote[0]["attempts"][2]
    assert 1030.2 <= last["duration_ms"] < 1130
    assert metering["billed_ms"] == 101 + -(-last["duration_ms"] // 1)
    assert metering["init_ms"] == 1000.0
    assert metering["gb_seconds"] == pytest.approx(metering["billed_ms"] / 1000 * 0.5)


async def test_each_attempt_is_one_line_in_the_log() -> None:
    with capture_logs() as logged:
        await Parts().handle(message())
    line = next(one for one in logged if one["event"] == "report")
    assert set(line) == {
        "event",
        "log_level",
        "analysis_id",
        "attempt",
        "outcome",
        "duration_ms",
        "billed_ms",
        "memory_mb",
        "max_memory_mb",
        "init_ms",
    }
    assert (line["outcome"], line["max_memory_mb"]) == ("succeeded", 90.0)
