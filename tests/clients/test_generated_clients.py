"""Clients that generators make of the contract: without a warning, and of use."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from local.environments import ROOT, samples

DOCUMENT = ROOT / "contracts" / "openapi" / "gateway.json"
HERE = Path(__file__).parent
MAKING_S, JOURNEY_S = 120, 120
pytestmark = [pytest.mark.processes_only, pytest.mark.one_version]


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


def test_a_typescript_client_does_the_first_things_that_people_do(
    base_url: str, tmp_path: Path
) -> None:
    """Its types are checked before it runs."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on PATH")
    folder = shutil.copytree(HERE / "typescript", tmp_path / "client")
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund")
    run("npm", "ci", *quiet, folder=folder)
    told = run(
        "npx",
        "--no-install",
        "openapi-typescript",
        DOCUMENT,
        "--default-non-nullable=false",
        "-o",
        "api.d.ts",
        folder=folder,
    )
    assert "warn" not in told.lower()
    run("npx", "--no-install", "tsc", folder=folder)
    picture, address = samples() / "astronaut.png", f"{base_url}/samples/coffee.png"
    assert run("node", "journey.js", base_url, picture, address, folder=folder) == "done\n"


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=MAKING_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout
