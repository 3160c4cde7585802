"""`make demo`: the whole system on this machine, until Ctrl-C."""

import os
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from local.errors import StackError
from local.stack import Stack

MINIMUM = (3, 11)
CHECK_EVERY_S = 0.5
PORTS = range(1, 65_536)


def main() -> int:
    if sys.version_info < MINIMUM:
        print("Sightline needs Python 3.11 or newer", file=sys.stderr)
        return 1
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _stop(asked_to_stop))
    stack: Stack | None = None
    try:
        stack = Stack(_port())
        stack.start(lambda line: print(f"sightline: {line}", file=sys.stderr, flush=True))
        stack.announce()
        print(
            f"Sightline is at {stack.base_url}"
            " (data is kept in memory and gone on stop; Ctrl-C stops it)",
            flush=True,
        )
        while not asked_to_stop.wait(CHECK_EVERY_S):
            stack.check()
    except StackError as error:
        print(f"sightline: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        # Stopping is not stopped half-way by a second Ctrl-C.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        if stack is not None:
            stack.stop()
    return 0


def _stop(asked_to_stop: threading.Event) -> None:
    """The first time in the middle of starting is an interrupt; later the loop ends."""
    asked_to_stop.set()
    raise KeyboardInterrupt


def _port() -> int:
    value = os.environ.get("PORT", "8080")
    if not value.isdigit() or int(value) not in PORTS:
        raise StackError(f"PORT={value} is not a port")
    return int(value)


if __name__ == "__main__":
    sys.exit(main())
