"""`make trace ID=…`: what one request or analysis did in each service, from the log lines of the demo, else of compose.

A line is indented below the service that calls it; times are those in the lines, in milliseconds from the first. An
attempt is shown without the start of its instance, which may have been before.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from local.environments import CACHE
from local.stack import running

COMMAND_S = 60
READ_LAST = 64 << 20
"""Bytes of each log: what is older is not looked at."""
DEPTH = {"static-cdn": 0, "gateway": 0, "image-service": 2}
SHOWN = ("status", "outcome", "attempt", "init_ms", "max_memory_mb", "reason")
BAR = 30


@dataclass(frozen=True)
class Line:
    """`begun_ms` and `took_ms`; what took no time is told as a moment."""

    service: str
    what: str
    begun_ms: float
    took_ms: float

    @property
    def depth(self) -> int:
        return DEPTH.get(self.service, 1)


def about(wanted: str, lines: Iterable[str]) -> list[Line]:
    """What belongs to a request's id or to an analysis: the requests that name it, and all that these asked for."""
    events = [event for event in map(_event, lines) if event is not None]
    named = {str(event["request_id"]) for event in events if wanted in _named(event)}
    requests = ({wanted} | named) - {"-"}
    found = [event for event in events if event.get("request_id") in requests]
    return sorted(map(_line, found), key=lambda line: line.begun_ms)


def tree(lines: list[Line]) -> Iterator[str]:
    first = min(line.begun_ms for line in lines)
    whole = max(line.begun_ms + line.took_ms for line in lines) - first or 1.0
    for line in lines:
        after = line.begun_ms - first
        start = min(BAR - 1, int(BAR * after / whole))
        bar = " " * start + "█" * max(1, min(BAR - start, round(BAR * line.took_ms / whole)))
        what = f"{'  ' * line.depth}{line.service}  {line.what}"
        yield f"{after:8.1f} {line.took_ms:8.1f}  {bar:{BAR}}  {what}"


def _event(line: str) -> dict[str, object] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    known = isinstance(event, dict) and {"service", "timestamp", "request_id"} <= set(event)
    return event if known else None


def _named(event: dict[str, object]) -> set[str]:
    """The ids that a line is about."""
    path = str(event.get("path", "")).split("/")
    return {str(event.get("analysis_id", "")), str(event.get("trace_id", "")), *path}


def _line(event: dict[str, object]) -> Line:
    took = _number(event, "duration_ms") + _number(event, "held_ms") - _number(event, "init_ms")
    ended = datetime.fromisoformat(str(event["timestamp"])).timestamp() * 1000
    what = f"{event['method']} {event['route']}" if "route" in event else str(event.get("event"))
    more = " ".join(f"{name}={event[name]}" for name in SHOWN if name in event)
    return Line(str(event["service"]), f"{what}  {more}".rstrip(), ended - took, took)


def _number(event: dict[str, object], name: str) -> float:
    return float(str(event.get(name, 0)))


def _logs() -> list[str]:
    demo = running(os.environ.get("PORT", "8080"))
    if demo.is_file():
        folder = CACHE / "logs" / os.environ.get("PORT", "8080")
        return [line for file in sorted(folder.glob("*.log")) for line in _end_of(file)]
    if not shutil.which("docker"):
        return []
    command = ["docker", "compose", "logs", "--no-log-prefix", "--no-color", "--tail", "100000"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_S, check=True)
    return done.stdout.splitlines()


def _end_of(file: Path) -> list[str]:
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - READ_LAST))
        return opened.read().decode(errors="replace").splitlines()


def main(wanted: str) -> int:
    if not wanted:
        print(
            "sightline: of what? ID= takes a request's id, an analysis's or a trace's",
            file=sys.stderr,
        )
        return 1
    lines = about(wanted, _logs())
    if not lines:
        print(f"sightline: no log line is about {wanted}", file=sys.stderr)
        return 1
    print(f"{'after ms':>8} {'took ms':>8}")
    print("\n".join(tree(lines)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
