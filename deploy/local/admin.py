"""`make admin EMAIL=…`: an account of the running demo, or else of compose, becomes an admin."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from local.stack import running

COMMAND_S = 60
COMPOSE = ["docker", "compose", "exec", "--no-TTY", "user-service", "python", "-m", "user_service"]


def main(email: str) -> int:
    if not email:
        print("sightline: whose account? EMAIL=", file=sys.stderr)
        return 1
    demo = running(os.environ.get("PORT", "8080"))
    if demo.is_file():
        known = json.loads(demo.read_text())
        command, environment = known["command"], known["environment"]
    elif shutil.which("docker"):
        command, environment = COMPOSE, dict(os.environ)
    else:
        print("sightline: nothing runs here", file=sys.stderr)
        return 1
    return subprocess.run(
        [*command, "admin", email], env=environment, timeout=COMMAND_S, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
