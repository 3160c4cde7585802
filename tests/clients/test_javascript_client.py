"""The packed file of clients/javascript, installed into an empty folder, against the running system."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from local.environments import ROOT, samples

CLIENT = ROOT / "clients" / "javascript"
HERE = Path(__file__).parent
STEP_S = 120
JOURNEY = "javascript_journey.js"
TYPES = {
    "compilerOptions": {
        "allowJs": True,
        "checkJs": True,
        "strict": True,
        "noEmit": True,
        "skipLibCheck": False,
        "module": "nodenext",
        "target": "es2023",
        "lib": ["es2023", "dom", "dom.iterable"],
        "types": ["node"],
        "typeRoots": [str(CLIENT / "node_modules" / "@types")],
    },
    "files": [JOURNEY],
}
"""How a program that uses the client has its types checked, the client's own among them."""


def run(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=STEP_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client, and nothing else."""
    if shutil.which("npm") is None:
        pytest.skip("no npm on PATH")
    folder = tmp_path_factory.mktemp("client")
    run("make", "--no-print-directory", "venv", folder=CLIENT)
    run("npm", "pack", "--silent", "--pack-destination", folder, folder=CLIENT)
    (packed,) = folder.glob("sightline-*.tgz")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    run("npm", "install", "--offline", "--ignore-scripts", "--no-audit", packed, folder=folder)
    return folder


def test_nothing_comes_along_with_it(installed: Path) -> None:
    lock = json.loads((installed / "package-lock.json").read_text())
    assert [name for name in lock["packages"] if name] == ["node_modules/sightline"]
    package = installed / "node_modules" / "sightline"
    own = {str(file.relative_to(package)) for file in package.rglob("*") if file.is_file()}
    assert {"README.md", "CHANGELOG.md", "src/index.js", "types/api.d.ts"} <= own
    assert not any(name.startswith(("tests", "node_modules")) for name in own)


def test_the_first_things_that_people_do(base_url: str, installed: Path) -> None:
    picture, address = samples() / "astronaut.png", f"{base_url}/samples/coffee.png"
    said = run("node", JOURNEY, base_url, picture, address, folder=with_journey(installed))
    assert said == "done\n"


@pytest.mark.one_version
def test_the_types_of_a_program_that_uses_it_are_right(installed: Path) -> None:
    folder = with_journey(installed)
    (folder / "tsconfig.json").write_text(json.dumps(TYPES))
    run(CLIENT / "node_modules" / ".bin" / "tsc", folder=folder)


def with_journey(installed: Path) -> Path:
    shutil.copyfile(HERE / JOURNEY, installed / JOURNEY)
    return installed
