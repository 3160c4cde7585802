"""`make security [TRIES=1000]`: attacks on a system of its own, and what became of them.

Starts the system on this machine, tries everything of this folder in full, and prints what was tried and
how much of it was accepted, leaked or refused. Ends with 1 when a count is wrong. Nothing else than this
machine is asked for anything.
"""

import os
import sys
from pathlib import Path

import pytest

LAST = "test_fairness.py"
"""It takes longest."""


def main() -> int:
    os.environ["SECURITY_FULL"] = "1"
    for name in ("BASE_URL", "STACK"):
        os.environ.pop(name, None)  # nobody else's system is attacked
    found = [file.name for file in Path(__file__).parent.glob("test_*.py")]
    ordered = sorted(found, key=lambda name: (name == LAST, name))
    given = [f"security/{name}" for name in ordered]
    return int(pytest.main(["-q", *given]) != pytest.ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main())
