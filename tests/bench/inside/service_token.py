"""A token for calls of another service: `service_token.py CALLER SEED_FILE CALLEE` prints the header's value."""

import sys
from pathlib import Path

from sightline_contracts.service_identity import Identity

if __name__ == "__main__":
    caller, seed, callee = sys.argv[1:]
    print(Identity(caller, Path(seed), None).headers(callee)["Authorization"])
