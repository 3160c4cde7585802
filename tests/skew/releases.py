"""The release of each part that the others are to go on working with."""

import os
from functools import cache

from gate import components, releases
from gate.git import Git
from local.environments import ROOT

from stack.released import Released, unpack

PARTS = ("user-service", "result-service", "image-service", "gateway", "static-cdn")


@cache
def previous(name: str) -> Released | None:
    """The release before what lies here; None where there never was one.

    SKEW_REF= names a commit to take in its place, for all parts.
    Raises StackError where git does not give its files.
    """
    git = Git(ROOT)
    ref = os.environ.get("SKEW_REF")
    if ref:
        commit = git.run("rev-parse", "--verify", f"{ref}^{{commit}}").strip()
        return unpack(name, f"{name}/{components.version_at(git, commit, name)}", commit)
    found = releases.previous(git, name)
    return unpack(name, found.title, found.commit) if found else None
