"""`make test-security [TRIES=1000]`: attacks on systems of its own, and what became of them.

Starts the system on this machine, as processes and then as containers, tries everything of this folder in
full, and prints what was tried and how much of it was accepted, leaked or refused. Ends with 1 when a count
is wrong. Nothing else than this machine is asked for anything.
"""

import os
import subprocess
import sys
from pathlib import Path

FAIRNESS = "test_fairness.py"
"""It measures, and has a system at rest for itself."""
IN_CONTAINERS = ("test_canaries.py", "test_container_rules.py", "test_service_tokens.py")
LONGEST_S = 1800


def main() -> int:
    here = sorted(file.name for file in Path(__file__).parent.glob("test_*.py"))
    runs: tuple[tuple[dict[str, str], list[str]], ...] = (
        ({}, [f"security/{name}" for name in here if name != FAIRNESS]),
        ({"STACK": "compose"}, [f"compose/{name}" for name in IN_CONTAINERS]),
        ({}, [f"security/{FAIRNESS}"]),
    )
    failed = [_failed(settings, tests) for settings, tests in runs]
    return int(any(failed))


def _failed(settings: dict[str, str], tests: list[str]) -> bool:
    # Nobody else's system is attacked.
    own = {name: value for name, value in os.environ.items() if name not in ("BASE_URL", "STACK")}
    return bool(
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *tests],
            env={**own, "SECURITY_FULL": "1", **settings},
            timeout=LONGEST_S,
            check=False,
        ).returncode
    )


if __name__ == "__main__":
    sys.exit(main())
