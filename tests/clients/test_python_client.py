"""The wheel of clients/python, installed into an empty environment, against the running system."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from gate import components, releases
from gate.git import Git
from gate.releases import Release
from local.environments import CACHE, INSTALL_S, ROOT, samples

from conftest import User

NAME = "clients/python"
CLIENT = ROOT / NAME
JOURNEY = "tests/clients/journey.py"
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


def before() -> list[Release]:
    """The last release of the client, where it is of other code than what lies here."""
    git = Git(ROOT)
    last = releases.previous(git, NAME)
    if last is None or components.code(git, last.commit, NAME) == components.code(
        git, "HEAD", NAME
    ):
        return []
    return [last]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment's programs, with the wheel and what its lock has, and nothing else."""
    return install(CLIENT, tmp_path_factory.mktemp("client"))


def install(source: Path, folder: Path) -> Path:
    """The same of the client in `source`."""
    run("make", "--no-print-directory", "-C", CLIENT, "venv")
    build = (CLIENT / ".venv/bin/python", "-m", "hatchling", "build", "-t", "wheel")
    subprocess.run([*build, "-d", folder], cwd=source, check=True, capture_output=True, timeout=60)
    (wheel,) = folder.glob("sightline-*.whl")
    home = folder / "empty"
    run(UV, "venv", "--quiet", home)
    python = home / "bin" / "python"
    install = (UV, "pip", "install", "--quiet", "--python", python)
    run(*install, "--require-hashes", "--no-deps", "-r", source / "requirements.lock")
    run(*install, "--no-deps", wheel)
    return home / "bin"


def test_the_first_things_that_people_do(base_url: str, installed: Path) -> None:
    picture = samples() / "astronaut.png"
    address = f"{base_url}/samples/coffee.png"
    journey = Path(__file__).with_name("journey.py")
    said = run(installed / "python", "-W", "error", journey, base_url, picture, address)
    assert said == "done\n"


SHARING = """
import sys
import httpx2
from sightline import Client

url, key, picture = sys.argv[1:]
with Client(url, api_key=key) as client:
    analysis = client.wait(client.submit(picture)["id"])
    shared = client.share(analysis["id"], expires_in=60)
    seen = httpx2.get(shared["urls"]["preview"])
    assert seen.content == client.preview(analysis["id"])
    assert client.shares(analysis["id"]) == [shared]
    client.withdraw(analysis["id"], shared["share_id"])
    assert httpx2.get(shared["url"]).status_code == 404
"""


@pytest.mark.one_version
def test_what_is_shared_is_seen_without_an_account(
    base_url: str, installed: Path, user: User
) -> None:
    wanted = {"name": "sharing", "scopes": ["analyses:read", "analyses:write"]}
    key = user.post("/v1/me/api-keys", json=wanted).json()["key"]
    run(installed / "python", "-c", SHARING, base_url, key, samples() / "coffee.png")


@pytest.mark.one_version
def test_the_client_that_was_released_before_does_what_it_did(
    base_url: str, tmp_path: Path
) -> None:
    """By the journey of that release; nothing where the last one is what lies here."""
    picture, address = samples() / "astronaut.png", f"{base_url}/samples/coffee.png"
    for release in before():
        home = tmp_path / "release"
        files = ("git", "-C", ROOT, "archive", release.commit, NAME, JOURNEY)
        packed = subprocess.run(files, capture_output=True, timeout=INSTALL_S, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(home, filter="data")
        python = install(home / NAME, tmp_path) / "python"
        said = run(python, "-W", "error", home / JOURNEY, base_url, picture, address)
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
