"""`make autoscale MIN=1 MAX=4`: as many workers under compose as there is work, until Ctrl-C.

It reads the queues by the API (GET /v1/queues), with the key of an admin that may do nothing else
(`metrics:read`), and has compose start and stop containers of image-service. Each decision is a line of JSON with
its reason. A worker that is stopped takes no more work and finishes what it has.
"""

import argparse
import contextlib
import http.client
import json
import math
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from docker_commands import Failed, compose

SERVICE = "image-service"
LOOK_EVERY_S = 1.0
ANSWER_S = 5.0
ANSWER_BYTES = 65536
UP_S = 3.0
"""For so long there is more work than the workers take at a time, until there are more of them. The first one does
not wait for that."""
COUNT_EVERY_S = 30.0
"""Seconds between two countings of the containers, which somebody else may start and stop as well."""
SCALE_S = 180.0
"""Longer than a worker may take to finish what it has (`stop_grace_period`)."""
AGAIN_S = 10.0
"""Seconds until the next try, where compose has failed."""


@dataclass(frozen=True)
class Queue:
    """What the API tells of a queue. `slots`: messages that all of its workers take at a time."""

    name: str
    messages: int
    workers: int
    slots: int

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Queue":
        messages = int(told["waiting"]) + int(told["in_flight"])
        return cls(str(told["name"]), messages, int(told["workers"]), int(told["slots"]))


@dataclass
class Policy:
    """How many workers there are to be. `slots`: messages that one worker takes at a time, by queue; those that run
    tell it themselves."""

    at_least: int
    at_most: int
    down_s: float
    slots: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._needs: deque[tuple[float, int]] = deque()

    def needed(self, queues: Sequence[Queue]) -> int:
        """So many that everything that waits and runs has a slot, within the bounds."""
        needed = 0
        for queue in queues:
            if queue.workers and queue.slots:
                self.slots[queue.name] = max(1, queue.slots // queue.workers)
            needed = max(needed, math.ceil(queue.messages / self.slots.get(queue.name, 1)))
        return min(max(needed, self.at_least), self.at_most)

    def decide(self, now: float, workers: int, queues: Sequence[Queue]) -> tuple[int, str]:
        """The number from now on, and why. More at once where none runs, or where they have been needed for UP_S;
        fewer where they have not been needed for `down_s`, and then as many as were needed meanwhile."""
        self._needs.append((now, self.needed(queues)))
        # One that is older than the time looked at is kept: it says that the whole of it is known.
        while len(self._needs) > 1 and self._needs[1][0] <= now - max(self.down_s, UP_S):
            self._needs.popleft()
        needed = self._needs[-1][1]
        work = ", ".join(f"{queue.name} {queue.messages}" for queue in queues)
        if workers < self.at_least:
            return self.at_least, "fewer run than are wanted at least"
        if workers == 0 and needed:
            return needed, f"work has come and nobody runs: {work}"
        lasting = self._least_for(now, UP_S)
        if lasting is not None and lasting > workers:
            return lasting, f"more has waited for {UP_S:g} s than {workers} take: {work}"
        most = self._most_for(now, self.down_s)
        if most is not None and most < workers:
            return most, f"no more than {most} were needed for {self.down_s:g} s: {work}"
        return workers, ""

    def _least_for(self, now: float, seconds: float) -> int | None:
        """The least that was needed in that time; None where it is not known for as long."""
        if self._needs[0][0] > now - seconds:
            return None
        return min(need for at, need in self._needs if at >= now - seconds)

    def _most_for(self, now: float, seconds: float) -> int | None:
        if self._needs[0][0] > now - seconds:
            return None
        return max(need for at, need in self._needs if at >= now - seconds)

    def forget(self) -> None:
        """What was needed before somebody looked away for a while."""
        self._needs.clear()


def main(arguments: Sequence[str]) -> int:
    given = _arguments(arguments)
    key = os.environ.get("SIGHTLINE_API_KEY", "")
    if not key:
        print(
            "autoscale: SIGHTLINE_API_KEY, an admin's key with the scope metrics:read",
            file=sys.stderr,
        )
        return 1
    if not 0 <= given.min <= given.max or given.max < 1:
        print("autoscale: 0 <= MIN <= MAX, and MAX is 1 at the least", file=sys.stderr)
        return 1
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    policy = Policy(given.min, given.max, given.down_s)
    Autoscaler(policy, f"{given.url.rstrip('/')}/v1/queues", key, stopping).run()
    return 0


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="autoscale", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--min", type=int, default=1, help="workers at the least; 0 is allowed")
    parser.add_argument("--max", type=int, default=4, help="workers at the most")
    parser.add_argument(
        "--down-s", type=float, default=60, help="unneeded for so long, one is stopped"
    )
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where the API is")
    return parser.parse_args(arguments)


class Autoscaler:
    """Looks once a second. Where the API does not answer, or compose fails, all stays as it is."""

    def __init__(self, policy: Policy, url: str, key: str, stopping: threading.Event) -> None:
        self._policy = policy
        self._url = urlsplit(url)
        self._key = key
        self._stopping = stopping
        self._workers = 0
        self._counted_at = float("-inf")

    def run(self) -> None:
        """Until it is told to stop; the workers stay as they are."""
        say("began", min=self._policy.at_least, max=self._policy.at_most)
        while not self._stopping.is_set():
            pause = LOOK_EVERY_S
            try:
                self._look()
            except (Failed, OSError, http.client.HTTPException, ValueError, LookupError) as error:
                say("unchanged", workers=self._workers, reason=f"{type(error).__name__}: {error}")
                self._policy.forget()
                pause = AGAIN_S
            self._stopping.wait(pause)
        say("ended", workers=self._workers)

    def _look(self) -> None:
        if time.monotonic() - self._counted_at > COUNT_EVERY_S:
            self._count()
        workers, reason = self._policy.decide(time.monotonic(), self._workers, self._queues())
        if workers == self._workers:
            return
        say("scaling", workers=self._workers, to=workers, reason=reason)
        began = time.monotonic()
        scale = ("--scale", f"{SERVICE}={workers}")
        compose(
            "up",
            "--detach",
            "--no-recreate",
            "--no-deps",
            "--no-build",
            *scale,
            SERVICE,
            timeout=SCALE_S,
        )
        say("scaled", workers=workers, seconds=round(time.monotonic() - began, 1))
        self._count()
        self._policy.forget()

    def _count(self) -> None:
        self._workers = len(compose("ps", "--quiet", SERVICE).split())
        self._counted_at = time.monotonic()

    def _queues(self) -> list[Queue]:
        """Raises Failed, OSError, HTTPException, ValueError and LookupError where it tells nothing."""
        kind = (
            http.client.HTTPSConnection
            if self._url.scheme == "https"
            else http.client.HTTPConnection
        )
        with contextlib.closing(kind(self._url.netloc, timeout=ANSWER_S)) as connection:
            connection.request("GET", self._url.path, headers={"X-API-Key": self._key})
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise Failed(f"the API answers {answer.status}")
            told = json.loads(answer.read(ANSWER_BYTES))
        return [Queue.read(queue) for queue in told["queues"]]


def say(event: str, **figures: object) -> None:
    print(json.dumps({"event": event, **figures}), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
