"""The wheel of clients/python, installed into an empty environment, against the running system."""

import shutil
import subprocess
from pathlib import Path

import pytest
from local.environments import CACHE, INSTALL_S, ROOT, samples

from conftest import User

CLIENT = ROOT / "clients" / "python"
JOURNEY_S = 120
UV = CACHE / "uv" / "bin" / "uv"


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environment} if environment else None,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment's programs, with the wheel and what its lock has, and nothing else."""
    folder = tmp_path_factory.mktemp("client")
    run("make", "--no-print-directory", "-C", CLIENT, "venv")
    build = (CLIENT / ".venv/bin/python", "-m", "hatchling", "build", "-t", "wheel")
    subprocess.run([*build, "-d", folder], cwd=CLIENT, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("sightline-*.whl")
    home = folder / "empty"
    run(UV, "venv", "--quiet", home)
    python = home / "bin" / "python"
    install = (UV, "pip", "install", "--quiet", "--python", python)
    run(*install, "--require-hashes", "--no-deps", "-r", CLIENT / "requirements.lock")
    run(*install, "--no-deps", wheel)
    return home / "bin"


def test_the_first_things_that_people_do(base_url: str, installed: Path) -> None:
    picture = samples() / "astronaut.png"
    address = f"{base_url}/samples/coffee.png"
    journey = Path(__file__).with_name("journey.py")
    said = run(installed / "python", "-W", "error", journey, base_url, picture, address)
    assert said == "done\n"


def test_the_command_analyses_a_folder(
    installed: Path, user: User, base_url: str, tmp_path: Path
) -> None:
    wanted = {"name": "command", "scopes": ["analyses:read", "analyses:write"]}
    key = user.post("/v1/me/api-keys", json=wanted).json()["key"]
    settings = {
        "SIGHTLINE_URL": base_url,
        "SIGHTLINE_API_KEY": key,
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    folder, drawn = tmp_path / "photos", tmp_path / "drawn"
    folder.mkdir()
    for name in ("astronaut.png", "coffee.png"):
        shutil.copyfile(samples() / name, folder / name)
    command = (installed / "sightline", "analyze", folder)
    said = run(*command, "--operations", "faces,colors", "--csv", "--annotate", drawn, **settings)
    head, *lines = sorted(said.splitlines(), reverse=True)
    assert head == "image,state,found"
    assert [line.partition(",")[2] for line in lines] == ["succeeded,nothing", "succeeded,1 face"]
    assert len(list(drawn.glob("*.jpg"))) == 2
