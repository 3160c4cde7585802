"""Runs one make target in each folder, all of them whatever fails, and sums up at the end.

Plain Python: `python3 tests/run_all.py test contracts,gateway+image-service tests tests:compose`, where a
target of its own may follow a folder's name. What stands on both sides of a plus runs at the same time,
on either side one after the other, and is printed when it has ended.
"""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / ".cache" / "results"
FOLDER_S = 2100
DEAREST = 10


@dataclass
class Outcome:
    """What a folder's run came to."""

    folder: str
    status: int
    seconds: float
    tests: int = 0
    failed: int = 0
    skipped: int = 0
    output: str = ""
    dearest: list[tuple[float, str]] = field(default_factory=list)


def run(target: str, name: str, *, held: bool) -> Outcome:
    """`make -C folder target`, with its output passed on at once, or `held` until it has ended."""
    folder, _, own = name.partition(":")
    report = RESULTS / f"{re.sub('[:/]', '-', name)}.xml"
    report.unlink(missing_ok=True)
    options = f"{os.environ.get('PYTEST_ADDOPTS', '')} --junitxml={report} -rs --durations=3"
    started = time.monotonic()
    if not held:
        print(f"\n== {name}", flush=True)
    command = ["make", "--no-print-directory", "-C", str(ROOT / folder), own or target]
    environment = {**os.environ, "PYTEST_ADDOPTS": options}
    done = subprocess.run(
        command,
        env=environment,
        timeout=FOLDER_S,
        check=False,
        text=True,
        errors="replace",
        stdout=subprocess.PIPE if held else None,
        stderr=subprocess.STDOUT if held else None,
    )
    seconds = time.monotonic() - started
    outcome = Outcome(name, done.returncode, seconds, output=done.stdout or "")
    if report.is_file():
        for suite in ET.parse(report).iter("testsuite"):  # our own pytest wrote it
            outcome.tests += int(suite.get("tests", 0))
            outcome.failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
            outcome.skipped += int(suite.get("skipped", 0))
            outcome.dearest += [
                (float(test.get("time", 0)), f"{name}: {test.get('name', '')}")
                for test in suite.iter("testcase")
            ]
    return outcome


def lane(target: str, names: list[str], *, held: bool) -> list[Outcome]:
    """One after the other."""
    outcomes = []
    for name in names:
        outcome = run(target, name, held=held)
        if held:
            print(f"\n== {name}\n{outcome.output}", end="", flush=True)
        outcomes.append(outcome)
    return outcomes


def at_once(target: str, group: str) -> list[Outcome]:
    """The lanes of a group, each in a thread."""
    lanes = [part.split(",") for part in group.split("+")]
    with ThreadPoolExecutor(len(lanes)) as pool:
        running = [pool.submit(lane, target, names, held=len(lanes) > 1) for names in lanes]
        return [outcome for one in running for outcome in one.result()]


def main(target: str, groups: list[str]) -> int:
    RESULTS.mkdir(parents=True, exist_ok=True)
    outcomes = [outcome for group in groups for outcome in at_once(target, group)]
    print("\n== summary")
    for one in outcomes:
        word = "ok" if one.status == 0 else "FAILED"
        passed = one.tests - one.failed - one.skipped
        print(
            f"{one.folder:16} {word:7} {passed:4} passed {one.failed:3} failed"
            f" {one.skipped:3} skipped {one.seconds:6.1f} s"
        )
    dearest = sorted((test for one in outcomes for test in one.dearest), reverse=True)
    print(f"\nthe {DEAREST} dearest tests, set-up and tear-down included")
    for seconds, test in dearest[:DEAREST]:
        print(f"{seconds:6.1f} s  {test}")
    failed = sum(max(one.failed, int(one.status != 0)) for one in outcomes)
    skipped = sum(one.skipped for one in outcomes)
    passed = sum(one.tests - one.failed - one.skipped for one in outcomes)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    if skipped and os.environ.get("CI"):
        print("in CI nothing of ours may skip")
        return 1
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
