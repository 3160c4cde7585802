"""The load is open-loop and bounded, and each objective gets its own verdict."""

import asyncio
import math

import pytest
from sightline_contracts import loader
from sightline_contracts.loader import Objective

from sla import __main__ as command
from sla.load import FRESHNESS, LIST, MIX, READ, SUBMIT, Load, Sample
from sla.verdict import judge

RATE, SECONDS = 10, 4
P95 = Objective("read-latency-p95", READ, 0.1, "s", 0.95, "1h")
FRESH = Objective("freshness-p95", FRESHNESS, 10, "s", 0.95, "1h")
AVAILABLE = Objective("availability", None, 0.99, "share", None, "1h")


def samples(
    count: int, seconds: float, operation: str = READ, *, good: bool = True
) -> list[Sample]:
    return [Sample(operation, seconds, good)] * count


def test_a_latency_is_judged_by_its_own_operation() -> None:
    seen = samples(100, 0.05) + samples(100, 5.0, LIST)
    assert judge(P95, seen).passed is True
    assert judge(P95, samples(94, 0.05) + samples(6, 0.2)).passed is False
    assert judge(P95, samples(95, 0.05) + samples(5, 0.2)).passed is True


def test_too_few_samples_are_no_verdict() -> None:
    assert judge(P95, samples(19, 0.01)).passed is None
    assert judge(P95, samples(20, 0.01)).passed is True
    assert judge(AVAILABLE, []).passed is None


def test_a_failed_request_counts_against_availability_alone() -> None:
    seen = samples(98, 0.01) + samples(2, 60.0, good=False)
    assert judge(P95, seen).passed is True
    assert judge(AVAILABLE, seen).passed is False


def test_an_analysis_that_never_came_is_late() -> None:
    seen = samples(90, 0.1, FRESHNESS) + samples(10, 0.1, FRESHNESS, good=False)
    assert judge(FRESH, seen).measured == math.inf
    assert judge(AVAILABLE, seen).passed is None, "it is no request"


@pytest.mark.parametrize("url", ["http://192.0.2.1:8080", "http://[2001:db8::1]/"])
def test_nobody_else_is_put_under_load(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BASE_URL", url)
    assert command.main() == command.USAGE
    assert "is not this machine" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "value"), [("RATE", "201"), ("RATE", "-1"), ("DURATION", "601")])
def test_the_load_is_bounded(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert command.main() == command.USAGE
    assert name in capsys.readouterr().err


def test_what_is_due_is_asked_for_whatever_became_of_those_before(base_url: str) -> None:
    load = Load(base_url, command.picture(), RATE, SECONDS)
    seen = asyncio.run(load.run())
    requests = [one for one in seen if one.operation != FRESHNESS]
    assert len(requests) == RATE * SECONDS
    assert [one for one in seen if not one.good] == []
    submitted = RATE * SECONDS // len(MIX)
    assert sum(one.operation == SUBMIT for one in seen) == submitted
    assert sum(one.operation == FRESHNESS for one in seen) == submitted
    judged = {one.name for one in command.verdicts(seen)}
    assert judged == {one.name for one in loader.sla("gateway").objectives}
