"""`make security [TRIES=1000]`: attacks on a system of its own, and what became of them.

Starts the system on this machine, tries everything of this folder in full, and prints what was tried and
how much of it was accepted, leaked or refused. Ends with 1 when a count is wrong. Nothing else than this
machine is asked for anything.
"""

import os
import sys

import pytest


def main() -> int:
    os.environ["SECURITY_FULL"] = "1"
    for name in ("BASE_URL", "STACK"):
        os.environ.pop(name, None)  # nobody else's system is attacked
    return int(pytest.main(["-q", "security"]) != pytest.ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main())
