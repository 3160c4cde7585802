"""Boards and alerts ask for metrics that there are, and say what to do."""

import json
import re
from collections.abc import Iterator

import httpx2
import pytest
import yaml
from local.environments import ROOT, SERVICES

from conftest import User
from stack.processes import ProcessStack

FOLDER = ROOT / "deploy" / "observe"
OF_PROMETHEUS = {
    "up",
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_resident_memory_bytes",
}
WORDS = {
    "absent",
    "and",
    "by",
    "count",
    "histogram_quantile",
    "increase",
    "max",
    "min",
    "offset",
    "or",
    "rate",
    "sum",
    "unless",
    "vector",
}
BOARDS = sorted((FOLDER / "boards").glob("*.json"))


def panels() -> Iterator[dict[str, object]]:
    for board in BOARDS:
        yield from json.loads(board.read_text())["panels"]


def rules() -> list[dict[str, object]]:
    groups = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries() -> list[str]:
    asked = [str(target["expr"]) for panel in panels() for target in panel["targets"]]  # type: ignore[attr-defined]
    return asked + [str(rule["expr"]) for rule in rules()]


def metrics_of(query: str) -> set[str]:
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|by \([^)]*\)", " ", query)
    return set(re.findall(r"[a-z_]{2,}", bare)) - WORDS


def declared() -> set[str]:
    """With the endings that Prometheus gives the parts of a histogram."""
    sources = [*ROOT.glob("*/src/**/*.py"), ROOT / "static-cdn" / "njs" / "metrics.mjs"]
    found = {name for file in sources for name in re.findall(r'"([a-z_]{4,})"', file.read_text())}
    return found | {f"{name}_bucket" for name in found}


@pytest.mark.parametrize("query", queries())
def test_a_query_asks_for_metrics_that_are_declared(query: str) -> None:
    assert metrics_of(query)
    assert metrics_of(query) <= declared() | OF_PROMETHEUS


def test_every_panel_says_what_to_do() -> None:
    assert [panel["title"] for panel in panels() if len(str(panel["description"])) < 20] == []


def test_every_alert_has_its_entry_in_the_runbook() -> None:
    entries = set(
        re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)
    )
    for rule in rules():
        assert rule["annotations"]["runbook"] in entries, rule["alert"]  # type: ignore[index]


@pytest.mark.processes_only
def test_services_show_them_after_an_analysis(stack: ProcessStack, user: User, tiny: bytes) -> None:
    user.http.post(
        "/v1/analyses",
        headers={**user.headers, "Prefer": "wait=30"},
        files={"image": ("a.png", tiny)},
        data={"operations": ["colors"]},
    ).raise_for_status()
    pages = [httpx2.get(f"{stack.url(name)}/metrics", timeout=10).text for name in SERVICES]
    shown = set(re.findall(r"^# TYPE ([a-z_]+) ", "\n".join(pages), re.MULTILINE))
    asked = {name.removesuffix("_bucket") for query in queries() for name in metrics_of(query)}
    asked -= OF_PROMETHEUS
    assert {name for name in asked if not name.startswith("sightline_edge_")} <= shown
    breaker = 'upstream_refusals_total{reason="breaker",service="result-service"} 0.0'
    assert breaker in "\n".join(pages), "an alert sees the first one as an increase"
    for budget in pages:
        assert "objective_budget_left_ratio{" in budget
