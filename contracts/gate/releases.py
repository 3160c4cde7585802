"""What was released: by tag, and where a clone has fetched no tags, by a trailer of the commit.

user-service 1.3.0

Release: user-service/1.3.0
"""

import re
from dataclasses import dataclass

from gate import components
from gate.git import Git

TRAILER = "Release"
_VERSION = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Release:
    """One version of one component, and the commit that it was built from."""

    name: str
    version: str
    commit: str

    @property
    def title(self) -> str:
        """What its tag is called."""
        return f"{self.name}/{self.version}"


def history(git: Git, name: str) -> list[Release]:
    """The releases of `name`, the newest version first. Raises GitError without any commit.

    A tag counts before a trailer; of two trailers the older, for a later one is a copy.
    """
    found: dict[str, str] = {}
    trailers = f"%(trailers:key={TRAILER},valueonly,separator=%x20)"
    log = git.run("log", f"--grep=^{TRAILER}: {name}/", f"--format=%H {trailers}")
    for line in log.splitlines():
        commit, *titles = line.split()
        found |= dict.fromkeys(titles, commit)
    for line in git.run("tag", "--list", f"{name}/*").splitlines():
        commit_of_tag = git.commit(f"refs/tags/{line}")
        found |= {line: commit_of_tag} if commit_of_tag else {}
    releases = [
        Release(name, version, commit)
        for title, commit in found.items()
        for owner, _, version in [title.rpartition("/")]
        if owner == name and _VERSION.fullmatch(version)
    ]
    return sorted(releases, key=_order, reverse=True)


def newest(git: Git, name: str) -> Release | None:
    """The one with the highest version, None if there is none."""
    return next(iter(history(git, name)), None)


def release_commit(git: Git, name: str, version: str) -> str | None:
    """The commit that was released as `version`, None if none was."""
    return next((one.commit for one in history(git, name) if one.version == version), None)


def previous(git: Git, name: str) -> Release | None:
    """The newest release of other code than HEAD's, for HEAD may be a release itself; where all
    are of the same code, the newest. None if there is none.
    """
    here = components.code(git, "HEAD", name)
    found = history(git, name)
    other = (one for one in found if components.code(git, one.commit, name) != here)
    return next(other, found[0] if found else None)


def _order(release: Release) -> tuple[int, ...]:
    return tuple(int(number) for number in release.version.split("."))
