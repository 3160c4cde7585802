"""README's badges are true."""

import json
import re
import tomllib
from pathlib import Path

HOME = Path(__file__).parents[2]
README = (HOME / "README.md").read_text(encoding="utf-8")
MAX_PICTURE_BYTES = 150_000


def badge(name: str) -> str:
    """The text on the right of a badge."""
    found = re.search(rf"img\.shields\.io/badge/{name}-((?:[^-)]|--)+)-", README)
    assert found is not None
    return found[1].replace("--", "-").replace("_", " ")


def test_the_licence_is_the_one_that_lies_here():
    name, version = badge("licence").split("-")
    head = (HOME / "LICENSE").read_text(encoding="utf-8")[:200]
    assert name in head
    assert f"Version {version}" in head


def test_the_python_is_what_every_folder_wants():
    wanted = badge("Python").split()[0]
    for file in HOME.glob("*/pyproject.toml"):
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        assert project["requires-python"] == f">={wanted}"


def test_the_api_is_described_in_that_version():
    document = json.loads((HOME / "contracts/openapi/gateway.json").read_text(encoding="utf-8"))
    assert document["openapi"].startswith(badge("API").removeprefix("OpenAPI "))


def test_the_checks_and_the_picture_are_there():
    workflow, picture = (
        re.search(r"workflows/([\w.]+)/badge", README),
        re.search(r'<img src="([^"]+)"', README),
    )
    assert workflow is not None
    assert picture is not None
    assert (HOME / ".github/workflows" / workflow[1]).is_file()
    assert 0 < (HOME / picture[1]).stat().st_size < MAX_PICTURE_BYTES
