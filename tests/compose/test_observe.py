"""What an operator is shown: alerts fire when they should and only then, every panel of every board has data, and one
query finds what all services have logged of a request."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
import yaml
from local.environments import ROOT
from local.errors import StackError
from local.stack import free_port

from compose.planted import BAD, PLANTED, STEP_S, WELL
from conftest import User, until
from stack.compose import ComposeStack

FOLDER = ROOT / "deploy" / "observe"
RULES = {
    rule["alert"]: rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
}
APART_S = 8 * 3600
"""Between the pasts of two alerts, which know nothing of each other."""
SCRAPED_S = 60
WITHOUT_DATA = {"engine_calls_total": "no vendor is configured here"}
FOR_S = {"m": 60, "h": 3600}


def need(stack: ComposeStack, service: str, *files: str) -> None:
    """Skips where the image of a service of the profile is not here and cannot be had."""
    try:
        profile = ("--profile", "observe", "pull", "--quiet", "--policy", "missing")
        stack.compose_with({}, *files, *profile, service)
    except StackError as error:
        pytest.skip(f"no image of {service} can be had: {error}")


@pytest.fixture(scope="module")
def metrics(own_stack: ComposeStack) -> Iterator[httpx2.Client]:
    """The profile's store of metrics, which scrapes the stack."""
    need(own_stack, "metrics")
    port = str(free_port())
    own_stack.compose_with(
        {"METRICS_PORT": port}, "--profile", "observe", "up", "--detach", "--no-deps", "metrics"
    )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
            until(lambda: is_up(http) or None)
            yield http
    finally:
        own_stack.compose("--profile", "observe", "rm", "--stop", "--force", "metrics")


def is_up(http: httpx2.Client) -> bool:
    try:
        return http.get("/health").status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


def asked(http: httpx2.Client, query: str, **times: float) -> list[dict[str, Any]]:
    """The series that a query gives, at one time or over several."""
    path = "/api/v1/query_range" if "start" in times else "/api/v1/query"
    answer = http.get(path, params={"query": query, "nocache": "1", **times})
    assert answer.status_code == httpx2.codes.OK, answer.text
    return list(answer.json()["data"]["result"])


@pytest.fixture(scope="module")
def pasts(metrics: httpx2.Client) -> dict[str, int]:
    """By alert the end of its own past, in seconds since the epoch."""
    newest = int(time.time()) - 86_400
    ends = {name: newest - number * APART_S for number, name in enumerate(PLANTED)}
    for name, planted in PLANTED.items():
        lines = [line for series in planted for line in series.lines(ends[name])]
        metrics.post("/api/v1/import/prometheus", content="\n".join(lines)).raise_for_status()
    metrics.get("/internal/force_flush").raise_for_status()
    return ends


@pytest.mark.parametrize("name", PLANTED)
def test_an_alert_fires_for_what_is_bad_and_for_nothing_else(
    metrics: httpx2.Client, pasts: dict[str, int], name: str
) -> None:
    rule, end = RULES[name], pasts[name]
    lasts = rule.get("for", "0m")
    begin = end - int(lasts[:-1]) * FOR_S[lasts[-1]]
    found = asked(metrics, rule["expr"], start=begin, end=end, step=STEP_S)
    fired = [set(series["metric"].values()) for series in found]
    assert any(BAD in labels for labels in fired), f"{name} does not fire"
    assert not any(WELL in labels for labels in fired), f"{name} fires for what is well"
    for series in found:
        assert len(series["values"]) == (end - begin) // STEP_S + 1, "for as long as it has to last"


def test_an_alert_fires_where_nobody_tells_of_the_queue(
    metrics: httpx2.Client, pasts: dict[str, int]
) -> None:
    query = RULES["QueueUnknown"]["expr"]
    assert asked(metrics, query, time=pasts["NoWorker"]) == []
    assert len(asked(metrics, query, time=pasts["DeadLetters"])) == 1


def test_every_alert_is_made_to_fire() -> None:
    assert {*PLANTED, "QueueUnknown"} == set(RULES)


def test_every_panel_has_data_after_an_analysis(
    stack: ComposeStack, metrics: httpx2.Client, user: User, letter: bytes
) -> None:
    stack.compose("restart", "image-service")
    stack.wait_until_ready()
    starts = 'instance_starts_total{queue="text"} == 0'
    until(lambda: asked(metrics, starts) or None, SCRAPED_S)
    # Text has no instance that waits for it: this one starts while somebody watches.
    user.ended(user.submit_file(letter, data={"operations": ["text"]})["id"])
    empty = [
        (panel["title"], target["expr"])
        for board in sorted((FOLDER / "boards").glob("*.json"))
        for panel in json.loads(board.read_text())["panels"]
        for target in panel["targets"]
        if not any(metric in target["expr"] for metric in WITHOUT_DATA)
        if not has_data(metrics, user, target["expr"])
    ]
    assert empty == []


def has_data(http: httpx2.Client, user: User, query: str) -> bool:
    def look() -> bool | None:
        user.http.get("/openapi.json").raise_for_status()  # which the edge has stored
        return bool(asked(http, query)) or None

    try:
        return until(look, SCRAPED_S)
    except AssertionError:
        return False


@pytest.fixture
def logs(stack: ComposeStack) -> Iterator[httpx2.Client]:
    """The store of logs, to which all containers send theirs."""
    ports = {"LOGS_PORT": str(free_port()), "SYSLOG_PORT": str(free_port())}
    files = ("--file", str(ROOT / "compose.logs.yml"))
    need(stack, "logs", *files)
    stack.compose_with(ports, *files, "up", "--detach", "--wait", "--no-deps", "logs")
    try:
        stack.compose_with(ports, *files, "up", "--detach", "--wait")
        with httpx2.Client(base_url=f"http://127.0.0.1:{ports['LOGS_PORT']}", timeout=20) as http:
            yield http
    finally:
        stack.up()
        stack.compose_with(ports, *files, "rm", "--stop", "--force", "logs")


def test_one_query_finds_what_all_services_have_logged_of_a_request(
    logs: httpx2.Client, sign_up: Callable[[], User], tiny: bytes
) -> None:
    user, request_id = sign_up(), f"observed-{time.time_ns()}"
    answer = user.post(
        "/v1/analyses",
        files={"image": ("p.png", tiny)},
        data={"operations": ["metadata"]},
        headers={"X-Request-Id": request_id},
    )
    analysis_id = answer.json()["id"]
    user.ended(analysis_id)

    def services(query: str) -> set[str] | None:
        lines = logs.post("/select/logsql/query", data={"query": query}).text.splitlines()
        found = {str(json.loads(line).get("service")) for line in lines}
        return found if found >= WANTED else None

    by_request = f"request_id:={request_id}"
    assert until(lambda: services(f"* | unpack_json | filter {by_request}"))
    reported = f"* | unpack_json | filter analysis_id:={analysis_id} event:=report"
    lines = logs.post("/select/logsql/query", data={"query": reported}).text.splitlines()
    assert [json.loads(line)["outcome"] for line in lines] == ["succeeded"]


WANTED = {"gateway", "user-service", "result-service", "image-service"}
