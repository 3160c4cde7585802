"""Clients that generators make of the contract: without a warning, and of use."""

import os
import subprocess
import sys
from pathlib import Path

from local.environments import ROOT, samples

DOCUMENT = ROOT / "contracts" / "openapi" / "gateway.json"
HERE = Path(__file__).parent
MAKING_S, JOURNEY_S = 120, 120


def test_a_python_client_does_the_first_things_that_people_do(
    base_url: str, tmp_path: Path
) -> None:
    target = tmp_path / "client"
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = (sys.executable, "-m", "openapi_python_client", "generate")
    options = ("--config", HERE / "openapi-python-client.yaml", "--output-path", target)
    made = subprocess.run(
        [*command, "--path", DOCUMENT, *options, "--fail-on-warning"],
        capture_output=True,
        text=True,
        timeout=MAKING_S,
        check=False,
        env={**os.environ, "PATH": programs},
    )
    assert made.returncode == 0, made.stdout + made.stderr
    assert "WARNING" not in made.stdout + made.stderr
    picture, address = samples() / "astronaut.png", f"{base_url}/samples/coffee.png"
    done = subprocess.run(
        [sys.executable, HERE / "generated_journey.py", base_url, picture, address],
        capture_output=True,
        text=True,
        timeout=JOURNEY_S,
        check=False,
        env={**os.environ, "PYTHONPATH": str(target)},
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
