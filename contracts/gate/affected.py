"""Which services a change touches, by the paths of what changed. What is not mapped touches all."""

import re

from gate.components import EDGE, SERVICES
from gate.git import Git, GitError

ALL = (*SERVICES, EDGE)
# The first that matches counts. The services: names, or "\1" for what the pattern has found.
MAP: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r".*\.md", ()),
    (r"docs/.*", ()),
    (rf"({'|'.join(ALL)})/.*", (r"\1",)),
    # A pact binds the two that it names.
    (r"contracts/callers/([a-z-]+)\.json", (r"\1",)),
    (r"contracts/pacts/([a-z-]+?)--([a-z-]+)\.json", (r"\1", r"\2")),
    # What the gate reads of itself, and its tests, are in no service.
    (r"contracts/(gate|tests|needs|deployed|verifications)/.*", ()),
    (r"contracts/image\.mk", ALL),
    # All of the rest is in each image that has contracts; the edge has not.
    (r"contracts/.*", SERVICES),
)


def services(paths: list[str]) -> list[str]:
    """The names of the services that a change of `paths` touches, in the order of `ALL`."""
    touched = {name for path in paths for name in _of(path)}
    return [name for name in ALL if name in touched]


def changed(git: Git, base: str) -> list[str]:
    """What differs from where this branch left `base`, uncommitted and new files included.

    Raises GitError for a base that there is not.
    """
    try:
        left = git.run("merge-base", base, "HEAD").strip()
    except GitError as error:
        raise GitError(f"{base} and HEAD have nothing in common, or one is not there") from error
    # Both names of a file that moved: it is missing in one place and new in another.
    differing = git.run("diff", "--name-only", "--no-renames", "-z", left)
    new = git.run("ls-files", "--others", "--exclude-standard", "-z")
    return [path for path in (differing + new).split("\0") if path]


def _of(path: str) -> tuple[str, ...]:
    for pattern, names in MAP:
        found = re.fullmatch(pattern, path)
        if found:
            return tuple(found.expand(name) for name in names)
    return ALL
