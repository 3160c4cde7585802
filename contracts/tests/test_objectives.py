"""A service measures its own objectives: what counts, for how long, and what is left of the budget."""

import time

import httpx2
import pytest

from sightline_contracts.loader import Objective, Operation, Sla, sla
from sightline_contracts.objectives import Measured, Objectives

SUBMIT = "POST /v1/analyses"


@pytest.fixture
def measured() -> "Measuring":
    return Measuring()


class Measuring:
    def __init__(self) -> None:
        promised = (
            Objective("latency-p95", None, 0.1, "s", 0.95, "1h"),
            Objective("submit-latency-p50", SUBMIT, 0.1, "s", 0.5, "1h"),
            Objective("availability", None, 0.9, "share", None, "1h"),
            Objective("freshness-p95", "accepted-to-readable", 10, "s", 0.95, "1h"),
        )
        default = Operation(timeout_s=5, body_limit_bytes=100, retries=1)
        self.objectives = Objectives(Sla("example", "1.0.0", default, {}, promised, {}))

    def __getitem__(self, name: str) -> Measured:
        return {one.name: one for one in self.objectives.report().objectives}[name]


def test_nothing_seen_holds_and_leaves_the_whole_budget(measured: Measuring) -> None:
    one = measured["latency-p95"]
    assert (one.measured, one.holds, one.budget_left) == (None, True, 1)


def test_a_quantile_is_within_two_percent_and_never_below_what_was(measured: Measuring) -> None:
    for number in range(1, 101):
        measured.objectives.observe("GET /", number / 1000)
    assert 0.095 <= (measured["latency-p95"].measured or 0) <= 0.095 * 1.02


def test_what_is_too_late_spends_the_budget(measured: Measuring) -> None:
    for number in range(200):
        measured.objectives.observe("GET /", 0.5 if number < 5 else 0.01)
    one = measured["latency-p95"]  # 5 % may be late, 2.5 % were
    assert (one.holds, one.budget_left) == (True, 0.5)
    for _ in range(15):
        measured.objectives.observe("GET /", 0.5)
    one = measured["latency-p95"]
    assert one.holds is False
    assert one.budget_left < 0


def test_a_bad_answer_counts_for_availability_and_not_for_latency(measured: Measuring) -> None:
    for number in range(100):
        measured.objectives.observe("GET /", 9.0 if number < 5 else 0.01, good=number >= 5)
    assert measured["availability"].measured == 0.95
    assert measured["availability"].budget_left == 0.5
    assert (measured["latency-p95"].measured or 0) < 0.011


def test_an_operation_counts_for_itself_and_among_all(measured: Measuring) -> None:
    measured.objectives.observe(SUBMIT, 0.01)
    measured.objectives.observe("GET /", 1.0)
    assert (measured["submit-latency-p50"].measured or 1) < 0.011
    assert (measured["latency-p95"].measured or 0) >= 1


def test_an_analysis_way_is_no_request(measured: Measuring) -> None:
    measured.objectives.observe("accepted-to-readable", 12)
    assert measured["freshness-p95"].holds is False
    assert measured["availability"].measured is None


def test_what_is_older_than_the_window_is_forgotten(
    measured: Measuring, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured.objectives.observe("GET /", 9.0, good=False)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 3540)
    assert measured["availability"].measured == 0
    monkeypatch.setattr(time, "monotonic", lambda: now + 3660)
    assert measured["availability"].measured is None


@pytest.mark.parametrize("service", ["gateway", "user-service", "result-service", "image-service"])
def test_every_sla_can_be_measured(service: str) -> None:
    promised = sla(service)
    report = Objectives(promised).report()
    assert [one.name for one in report.objectives] == [one.name for one in promised.objectives]


async def test_a_service_tells_what_it_measured(client: httpx2.AsyncClient) -> None:
    await client.get("/teapot")
    await client.get("/crash")
    found = {one["name"]: one for one in (await client.get("/objectives")).json()["objectives"]}
    assert found["availability"]["measured"] == 0.5
    assert found["latency-p95"]["measured"] > 0


async def test_probes_are_not_measured(client: httpx2.AsyncClient) -> None:
    for path in ("/livez", "/readyz", "/metrics", "/objectives"):
        await client.get(path)
    report = (await client.get("/objectives")).json()["objectives"]
    assert {one["measured"] for one in report} == {None}
