"""Workers come with the work and go with it; nothing is lost or done twice on the way."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from local.environments import ROOT

from compose.load import Load
from conftest import User, until
from stack.compose import ComposeStack

AT_MOST = 4
DOWN_S = 10
PEOPLE, EACH = 8, 25
"""200 analyses: one user's come one after the other."""
OPERATIONS = ["faces", "quality"]
END_S = 120


class Autoscaler:
    """The command, as somebody runs it beside compose. `lines`: what it has said."""

    def __init__(self, stack: ComposeStack, key: str) -> None:
        command = [sys.executable, str(ROOT / "deploy" / "autoscale.py"), "--url", stack.base_url]
        bounds = ["--min", "0", "--max", str(AT_MOST), "--down-s", str(DOWN_S)]
        self._process = subprocess.Popen(
            command + bounds,
            env={**stack.environment(), "SIGHTLINE_API_KEY": key},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.lines: list[dict[str, Any]] = []
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            print(f"{time.monotonic():.1f} {line}", end="")
            self.lines.append(json.loads(line))

    def scaled_to(self) -> list[int]:
        """The numbers of workers, one after another."""
        return [line["workers"] for line in self.lines if line["event"] == "scaled"]

    def end(self) -> int:
        self._process.send_signal(signal.SIGINT)
        status = self._process.wait(END_S)
        self._reading.join()
        self._process.stdout.close()  # type: ignore[union-attr]  # it is a pipe
        return status


@pytest.fixture
def key(admin: User) -> str:
    """It may watch and do nothing else."""
    wanted = {"name": "autoscale", "scopes": ["metrics:read"]}
    return str(admin.post("/v1/me/api-keys", json=wanted).json()["key"])


@pytest.fixture
def autoscaler(stack: ComposeStack, key: str) -> Iterator[Autoscaler]:
    running = Autoscaler(stack, key)
    try:
        yield running
    finally:
        status = running.end()
        stack.up("--no-recreate", "--scale", "image-service=1")
    assert status == 0
    assert running.lines[-1]["event"] == "ended"


def running(stack: ComposeStack) -> int:
    return len(stack.containers("image-service"))


def submitted(user: User, picture: Path) -> list[str]:
    """Ids. Who is told that his others wait for too long (503) asks again, as clients do."""

    def accepted() -> str | None:
        image = {"image": ("picture", picture.read_bytes())}
        answer = user.post("/v1/analyses", files=image, data={"operations": OPERATIONS})
        if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE:
            time.sleep(int(answer.headers["Retry-After"]))
            return None
        assert answer.status_code == httpx2.codes.ACCEPTED, answer.text
        return str(answer.json()["id"])

    return [until(accepted, END_S) for _ in range(EACH)]


def test_workers_come_with_the_work_and_go_with_it(
    stack: ComposeStack, sign_up: Callable[[], User], autoscaler: Autoscaler, pictures: Path
) -> None:
    until(lambda: running(stack) == 0 or None, END_S)

    # One lonely message starts one.
    lonely, picture = sign_up(), pictures / "coffee.png"
    began = time.monotonic()
    first = lonely.submit_file(picture, data={"operations": ["metadata"]})["id"]
    assert lonely.ended(first)["status"] == "succeeded"
    print(f"\nfrom no worker to the first result: {time.monotonic() - began:.1f} s")
    assert autoscaler.scaled_to()[-1] == 1

    people = [sign_up() for _ in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as pool:
        accepted = list(pool.map(submitted, people, [picture] * PEOPLE))
    until(lambda: AT_MOST in autoscaler.scaled_to() or None, END_S)
    for user, ids in zip(people, accepted, strict=True):
        Load(user, b"", accepted=ids).check()
    until(lambda: running(stack) == 0 or None, END_S)
    numbers = autoscaler.scaled_to()
    print(f"workers: {numbers}")
    assert numbers[-1] == 0
    rises = numbers[numbers.index(1) : numbers.index(AT_MOST) + 1]
    falls = numbers[numbers.index(AT_MOST) :]
    assert rises == sorted(rises)
    assert falls == sorted(falls, reverse=True), "no flapping"
    reasons = [line["reason"] for line in autoscaler.lines if line["event"] == "scaling"]
    assert all(reasons)
    assert len(reasons) == len(numbers)
