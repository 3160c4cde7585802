"""How much is tried: a part of it with all other tests, all of it by `make test-security`."""

import os

FULL = os.environ.get("SECURITY_FULL") == "1"
AT_MOST = 10_000
TRIES = min(int(os.environ.get("TRIES") or (1000 if FULL else 200)), AT_MOST)
"""Of each sort, where time is measured."""
