"""Each service's folder and this one are enough to check it: nothing in it reaches for another."""

import re
import subprocess
from pathlib import Path

import pytest

from gate.components import EDGE, SERVICES

HOME = Path(__file__).parents[2]
PACKAGES = {name: name.replace("-", "_") for name in SERVICES}
GIT_S = 30


def files(folder: str, *patterns: str) -> list[Path]:
    """Those of the repository, so that no environment is looked through."""
    command = ["git", "-C", str(HOME / folder), "ls-files", "--", *patterns]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=GIT_S, check=True)
    return [HOME / folder / line for line in listed.stdout.splitlines()]


@pytest.mark.parametrize("name", [*SERVICES, EDGE])
def test_a_folders_own_files_name_no_folder_beside_it_but_contracts(name):
    found = files(name, "Makefile", "pyproject.toml", "Dockerfile", ".dockerignore")
    assert found
    for file in found:
        code = re.sub(r"(?m)^#.*$", "", file.read_text())
        assert set(re.findall(r"\.\./([\w.-]+)", code)) <= {"contracts", ".cache"}, file


@pytest.mark.parametrize("name", SERVICES)
def test_no_code_or_test_of_a_service_imports_another(name):
    others = "|".join(package for owner, package in PACKAGES.items() if owner != name)
    imports = re.compile(rf"(?m)^\s*(from|import) ({others})\b")
    found = files(name, "*.py")
    assert found
    for file in found:
        assert not imports.search(file.read_text()), file


def test_contracts_imports_no_service():
    imports = re.compile(rf"(?m)^\s*(from|import) ({'|'.join(PACKAGES.values())})\b")
    for file in files("contracts", "src", "sightline_testing", "gate"):
        assert not (file.suffix == ".py" and imports.search(file.read_text())), file
