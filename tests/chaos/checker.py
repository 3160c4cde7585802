"""Reads history, bucket and bill when all is over, in the manner of Jepsen's queue test."""

import re
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx2
from minio import Minio

from chaos import deliveries
from chaos.clients import ASK_S, TOLD_TO_A_WEBHOOK, Clients
from chaos.deliveries import Report
from chaos.receiver import Message

CANCELED = 200
BUCKET = "sightline-results"
SETTLE_S = 240
NOTHING = (
    "lost",
    "duplicated_outcomes",
    "unexpected",
    "came_back",
    "webhooks_lost",
    "webhooks_twice",
    "webhooks_unsigned",
    "webhooks_unowed",
    "webhooks_of_deleted",
)
"""Rows of a report that have to be 0."""
LOOK_S = 0.5


class NotSettled(Exception):
    """Work was still under way long after the last fault."""


def check(
    clients: Clients,
    base_url: str,
    store: Minio,
    interrupted: Mapping[str, float],
    log: str,
    messages: Sequence[Message],
) -> Report:
    """`interrupted`: analyses that were in a worker's hands when it died or froze, and the Unix
    time of that. `log`: result-service's. `messages`: what the webhooks' receiver got. Raises
    NotSettled."""
    _wait_until_settled(store)
    outcomes = Counter(_ids(store, "analyses/"))
    accepted = {job.analysis_id for job in clients.jobs if job.analysis_id is not None}
    unheard = sum(job.analysis_id is None for job in clients.jobs)
    listed: dict[str, Any] = {}
    billed: Counter[str] = Counter()
    with httpx2.Client(base_url=base_url, timeout=ASK_S, trust_env=False) as http:
        for headers in clients.headers:
            for item in _pages(http, "/v1/analyses", "items", headers):
                # A list has no results: how often an interrupted one was tried stands in its own.
                path = f"/v1/analyses/{item['id']}"
                whole = item["id"] in interrupted and http.get(path, headers=headers).json()
                listed[item["id"]] = whole or item
            billed.update(
                line["analysis_id"] for line in _pages(http, "/v1/me/usage", "line_items", headers)
            )
    jobs = [(job, one) for job in clients.jobs if (one := job.analysis_id) is not None]
    by_fate = {
        fate: {one for job, one in jobs if job.fate == fate} for fate in ("cancel", "delete")
    }
    kept = accepted - by_fate["delete"]
    ended = kept & outcomes.keys()
    strangers = (outcomes.keys() | billed.keys() | listed.keys()) - accepted
    status = {one: listed.get(one, {}).get("status") for one in ended}
    failed = [one for one in ended - by_fate["cancel"] if status[one] != "succeeded"]
    canceled = {one for job, one in jobs if job.fate == "cancel" and job.told == CANCELED}
    # One whose cancel was answered that it had ended may be so by a try that was not heard of.
    failed += [one for one in by_fate["cancel"] if status.get(one) not in ("succeeded", "canceled")]
    failed += [one for one in canceled if status.get(one) != "canceled"]
    secrets = {one: clients.secrets[job.user] for job, one in jobs if job.fate in TOLD_TO_A_WEBHOOK}
    deleted = {one: job.deleted_at for job, one in jobs if job.deleted_at is not None}
    again = [
        _unix(listed[one]["result"]["attempts"][-1]["started_at"]) - since
        for one, since in interrupted.items()
        if one in listed and listed[one]["result"]
    ]
    return {
        "accepted": len(accepted),
        "ended": len(ended),
        "stands": len(ended | by_fate["delete"]),
        "canceled": sum(one == "canceled" for one in status.values()),
        "deleted": len(by_fate["delete"]),
        "came_back": len(by_fate["delete"] & (outcomes.keys() | listed.keys())),
        "lost": len(kept - outcomes.keys()),
        "duplicated_outcomes": sum(count > 1 for count in outcomes.values()),
        # What was accepted without the client's hearing of it is nobody's fault, once for each.
        "unexpected": max(0, len(strangers) - unheard) + len(failed),
        "billed_once": sum(billed[one] == 1 for one in accepted),
        "repickup_p99_s": _p99([one for one in again if one > 0]),
        "sweeper_repairs": len(re.findall(r"sweeper_repair\b", log)),
        **deliveries.account(secrets, deleted, messages, unheard),
    }


def holds(report: Report) -> bool:
    once = report["accepted"] == report["stands"] == report["billed_once"]
    return once and not any(report[name] for name in NOTHING)


def _wait_until_settled(store: Minio) -> None:
    """Nothing is pending: each outcome is written, billed, announced and sent to its webhook, and
    what was deleted was looked for once more."""
    end = time.monotonic() + SETTLE_S
    prefixes = ("removals/", "webhooks/")
    while left := [
        *_ids(store, "pending/"),
        *(one.object_name for prefix in prefixes for one in store.list_objects(BUCKET, prefix)),
    ]:
        if time.monotonic() > end:
            raise NotSettled(f"{len(left)} still pending, such as {left[0]}")
        time.sleep(LOOK_S)


def _ids(store: Minio, prefix: str) -> Iterator[str]:
    for listed in store.list_objects(BUCKET, prefix, recursive=True):
        found = re.search(r"an_[0-9a-z]{26}", listed.object_name or "")
        assert found is not None, listed.object_name
        yield found[0]


def _pages(
    http: httpx2.Client, path: str, member: str, headers: dict[str, str]
) -> Iterator[dict[str, Any]]:
    params = {"limit": "100"}
    while True:
        body = http.get(path, params=params, headers=headers).raise_for_status().json()
        yield from body[member]
        if body["next_cursor"] is None:
            return
        params["cursor"] = body["next_cursor"]


def _unix(rfc3339: str) -> float:
    return datetime.fromisoformat(rfc3339).timestamp()


def _p99(values: list[float]) -> float | None:
    if len(values) < 2:
        return round(values[0], 2) if values else None
    return round(statistics.quantiles(values, n=100, method="inclusive")[98], 2)
