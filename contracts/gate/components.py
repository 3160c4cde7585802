"""What is released by itself: where its version stands, what it is made of, what a release writes.

Plain Python beside git: the tests of version skew ask as well, without the gate's packages.
"""

import re
from pathlib import Path

from gate.git import Git

SERVICES = ("gateway", "user-service", "result-service", "image-service")
PROVIDERS = ("user-service", "result-service", "image-service")  # somebody has a pact with them
EDGE = "static-cdn"
CONTRACTS = "contracts"
CLIENTS = ("clients/python", "clients/javascript")
RUNS_NOWHERE = (CONTRACTS, *CLIENTS)
"""They are released, and no environment runs them."""
ALL = (*SERVICES, EDGE, *RUNS_NOWHERE)
PARTS = ("major", "minor", "patch")

_PACKAGE = re.compile(r'(?m)^__version__ = "(.+)"$')
_PROJECT = re.compile(r'(?m)^version = "(.+)"$')
_MODULE = re.compile(r'(?m)^  "version": "(.+)",$')
_IMAGE = re.compile(r"(?m)^ARG VERSION=(.+)$")
# What the edge's image is made of, as its .dockerignore lets it in.
_EDGE_CODE = (
    "build.py",
    "entrypoint.sh",
    "healthcheck.sh",
    "modules",
    "nginx.conf.template",
    "njs",
    "policies.json",
    "public",
    "samples",
    "snippets",
)


def check(name: str) -> None:
    """Raises ValueError for a name that nothing here bears."""
    if name not in ALL:
        raise ValueError(f"{name} is none of {', '.join(ALL)}")


def places(name: str) -> dict[str, re.Pattern[str]]:
    """Where the version stands, by path; the first is the one that counts."""
    if name == EDGE:
        return {f"{EDGE}/Dockerfile": _IMAGE}
    if name == "clients/python":
        return {f"{name}/pyproject.toml": _PROJECT}
    if name == "clients/javascript":
        return {f"{name}/package.json": _MODULE}
    package = "sightline_contracts" if name == CONTRACTS else name.replace("-", "_")
    found = {f"{name}/src/{package}/__init__.py": _PACKAGE, f"{name}/pyproject.toml": _PROJECT}
    return found if name == CONTRACTS else {**found, f"{name}/Dockerfile": _IMAGE}


def written(name: str) -> tuple[str, ...]:
    """The paths, files and folders, that a release of it writes; it may touch no other."""
    own = (*places(name), f"{name}/CHANGELOG.md", f"{name}/changelog.d")
    if name not in SERVICES:
        return own
    return (*own, f"contracts/openapi/{name}.json", f"contracts/verifications/{name}")


def made_of(name: str) -> tuple[str, ...]:
    """The paths of what it is made of; of a service the first is its own code."""
    if name == EDGE:
        return tuple(f"{EDGE}/{part}" for part in _EDGE_CODE)
    if name in RUNS_NOWHERE:
        return (f"{name}/src",)
    return f"{name}/src", f"{CONTRACTS}/src", f"{name}/requirements.lock"


def code(git: Git, ref: str, name: str) -> str | None:
    """git's names of what it is made of at `ref`: equal names, equal code. None where it is not."""
    names = [git.tree(ref, path) for path in made_of(name)]
    if name != EDGE and names[0] is None:
        return None
    return " ".join(one or "-" for one in names) if any(names) else None


def version_at(git: Git, ref: str, name: str) -> str | None:
    """Its version as of `ref`, None where it is not there."""
    path, pattern = next(iter(places(name).items()))
    found = pattern.search(git.show(ref, path) or "")
    return found[1] if found else None


def set_version(root: Path, name: str, version: str) -> None:
    """Write it wherever it stands. Raises ValueError for a place that has none."""
    for path, pattern in places(name).items():
        text = (root / path).read_text(encoding="utf-8")
        found = pattern.search(text)
        if found is None:
            raise ValueError(f"{path} has no version")
        changed = text[: found.start(1)] + version + text[found.end(1) :]
        (root / path).write_text(changed, encoding="utf-8")


def raised(version: str, part: str) -> str:
    """The next one: raised("1.2.3", "minor") is "1.3.0". Raises ValueError for another part."""
    if part not in PARTS:
        raise ValueError(f"BUMP={part} is none of {', '.join(PARTS)}")
    numbers = [int(number) for number in version.split(".")]
    place = PARTS.index(part)
    return ".".join(
        map(str, [*numbers[:place], numbers[place] + 1, *[0] * (len(PARTS) - 1 - place)])
    )
