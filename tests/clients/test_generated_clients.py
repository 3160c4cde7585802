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


@pytest.fixture(scope="module")
def node_tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with TypeScript and what the clients in it need."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on PATH")
    folder = shutil.copytree(HERE / "typescript", tmp_path_factory.mktemp("node") / "client")
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    return folder


def test_a_typescript_client_does_the_first_things_that_people_do(
    base_url: str, node_tools: Path
) -> None:
    """Its types are checked before it runs."""
    generator = ("npx", "--no-install", "openapi-typescript", DOCUMENT)
    told = run(*generator, "--default-non-nullable=false", "-o", "api.d.ts", folder=node_tools)
    assert "warn" not in told.lower()
    run("npx", "--no-install", "tsc", folder=node_tools)
    assert journey("journey.js", base_url, node_tools) == "done\n"


def test_a_typescript_fetch_client_does_the_first_things_that_people_do(
    base_url: str, node_tools: Path
) -> None:
    """OpenAPI Generator warns of itself alone: OpenAPI 3.1, and a closed schema, which it gives no name."""
    folder = shutil.copytree(HERE / "typescript-fetch", node_tools / "typescript-fetch")
    generator = Path(sys.executable).parent / "openapi-generator-cli"
    options = ("-c", "generator.yaml", "-i", DOCUMENT, "-o", "client")
    told = run(generator, "generate", *options, folder=folder)
    warnings = {line.partition(" - ")[2] for line in told.splitlines() if " WARN " in line}
    own = ("OpenAPI 3.1 support is still in beta.", "Failed to get the schema name: null")
    assert {warning for warning in warnings if not warning.startswith(own)} == set()
    run("npx", "--no-install", "tsc", folder=folder)
    assert journey("built/journey.js", base_url, folder) == "done\n"


def journey(program: str, base_url: str, folder: Path) -> str:
    picture, address = samples() / "astronaut.png", f"{base_url}/samples/coffee.png"
    return run("node", program, base_url, picture, address, folder=folder)


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
