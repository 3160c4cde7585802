"""A short run of `make test-chaos`: nothing is lost, nothing ends twice, everything is billed once."""

import base64
import hashlib
import hmac
import json
import os

import pytest

from chaos import deliveries
from chaos.__main__ import run
from chaos.checker import holds
from chaos.plan import plan
from chaos.receiver import Message
from stack.compose import engine_answers

JOBS, KILLS, SEED = 150, 5, 7
SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()


def test_the_same_seed_is_the_same_plan() -> None:
    assert plan(JOBS, KILLS, SEED) == plan(JOBS, KILLS, SEED) != plan(JOBS, KILLS, SEED + 1)
    steps = [step.kind for step in plan(JOBS, KILLS, SEED)]
    assert (steps[0], steps.count("job")) == ("job", JOBS)
    assert steps.count("kill") + steps.count("kill-instance") == KILLS
    assert steps.index("remember") < steps.index("roll-back")


def test_a_message_of_what_was_deleted_counts_by_when_its_try_was_taken_up() -> None:
    report = deliveries.account(
        {"an_kept": SECRET, "an_gone": SECRET, "an_silent": SECRET},
        {"an_gone": 1000.0, "an_silent": 1000.0},
        [_message("an_kept", 2000), _message("an_gone", 900), _message("an_gone", 1100)],
        unheard=0,
    )
    assert (report["webhooks_owed"], report["webhooks_lost"]) == (1, 0)
    assert (report["webhooks_of_deleted"], report["webhooks_unowed"]) == (1, 0)
    assert report["webhooks_unsigned"] == 0


def _message(analysis_id: str, taken_up_at: int) -> Message:
    body = json.dumps({"data": {"id": analysis_id}}).encode()
    signed = f"msg_1.{taken_up_at}.".encode() + body
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(taken_up_at),
        "webhook-signature": f"v1,{signature}",
    }
    return Message(headers, body)


def test_everything_accepted_ends_once_and_is_billed_once() -> None:
    compose = os.environ.get("STACK") == "compose"
    if compose and not engine_answers():
        pytest.skip("no Docker engine with Compose answers")
    report = run(JOBS, KILLS, SEED, compose=compose)
    assert report["accepted"] == JOBS
    assert holds(report), report
