"""A short run of `make chaos`: nothing is lost, nothing ends twice, everything is billed once."""

import os

import pytest

from chaos.__main__ import run
from chaos.checker import holds
from chaos.plan import plan
from stack.compose import engine_answers

JOBS, KILLS, SEED = 150, 5, 7


def test_the_same_seed_is_the_same_plan() -> None:
    assert plan(JOBS, KILLS, SEED) == plan(JOBS, KILLS, SEED) != plan(JOBS, KILLS, SEED + 1)
    steps = [step.kind for step in plan(JOBS, KILLS, SEED)]
    assert (steps[0], steps.count("job")) == ("job", JOBS)
    assert steps.count("kill") + steps.count("kill-instance") == KILLS
    assert steps.index("remember") < steps.index("roll-back")


def test_everything_accepted_ends_once_and_is_billed_once() -> None:
    compose = os.environ.get("STACK") == "compose"
    if compose and not engine_answers():
        pytest.skip("no Docker engine with Compose answers")
    report = run(JOBS, KILLS, SEED, compose=compose)
    assert report["accepted"] == JOBS
    assert holds(report), report
