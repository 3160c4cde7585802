"""Releases one component: version, changelog, checks, verification, gate, and then the tag.

Whatever fails, nothing of it stays: the tree and the branch are as they were.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

from gate import affected, answers, components, documents, fragments, releases
from gate.git import Git, GitError
from gate.releases import TRAILER, Release

Make = Callable[..., None]  # folder, targets
_TARGETS_S = 1800


class Refused(Exception):
    """Why nothing is released, in one sentence."""


def make(folder: Path, *targets: str) -> None:
    """`make -C folder targets`, its output passed on. Raises Refused where it fails."""
    command = ["make", "--no-print-directory", "-C", str(folder), *targets]
    try:
        status = subprocess.run(command, timeout=_TARGETS_S, check=False).returncode  # noqa: S603 - our own names
    except subprocess.TimeoutExpired as error:
        raise Refused(f"{' '.join(command)} took longer than {_TARGETS_S} s") from error
    if status:
        raise Refused(f"{' '.join(command)} failed")


def release(git: Git, name: str, part: str, environment: str, run: Make = make) -> Release:
    """Release `name`, its version raised by `part`, for `environment`.

    Raises Refused where something is in the way, ValueError for a name, part or environment that
    there is not, GitError. A first release has the version that stands there, and its section of
    the changelog is written by hand.
    """
    components.check(name)
    if name not in components.RUNS_NOWHERE:
        documents.live(git, "HEAD", environment)  # a typing error is found before the tests run
    before = _start(git)
    last = releases.newest(git, name)
    version = _next(git, name, part, last)
    _check_changelog(git.root, name, version, first=last is None)
    try:
        _write(git, name, version, run, first=last is None)
        made = _committed(git, name, version, before, run)
        _ask_the_gate(git, name, environment)
        git.run("tag", "--annotate", "--message", f"{name} {version}", made.title, made.commit)
    except BaseException:
        _undo(git, name, before)
        raise
    return made


def _start(git: Git) -> str:
    """The commit that all begins with. Raises Refused where it could not be undone to that."""
    changed = git.run("status", "--porcelain").splitlines()
    if changed:
        raise Refused(f"commit first: {changed[0][3:]} is in no commit")
    if git.run("rev-parse", "--is-shallow-repository").strip() == "true":
        raise Refused("a shallow clone does not know what was released: git fetch --unshallow")
    try:
        git.run("symbolic-ref", "--quiet", "HEAD")
    except GitError as error:
        raise Refused("check out a branch: the release's commits go there") from error
    return git.run("rev-parse", "HEAD").strip()


def _next(git: Git, name: str, part: str, last: Release | None) -> str:
    """The version to come. One that a breaking change has raised already is kept, if it is that."""
    standing = components.version_at(git, "HEAD", name)
    if standing is None:
        raise Refused(f"{name} has no version")
    raised = components.raised(last.version if last else standing, part)
    if last is None:
        return standing
    if standing not in (last.version, raised):
        raise Refused(f"{last.title} is released and {standing} stands there: not {part}")
    return raised


def _check_changelog(root: Path, name: str, version: str, *, first: bool) -> None:
    found = fragments.of(root, name)
    if first and found:
        raise Refused(f"a first release's changelog is by hand: move {found[0]} to {version} there")
    if first and not fragments.has_section(root, name, version):
        raise Refused(f"{name}/CHANGELOG.md has no section {version}")
    if not first and not found:
        raise Refused(f"{name}/changelog.d is empty: nothing has changed, or nobody has said what")


def _write(git: Git, name: str, version: str, run: Make, *, first: bool) -> None:
    """All files of the release, checked as they will be released."""
    components.set_version(git.root, name, version)
    if not first:
        fragments.build(git.root, name, version)
    if name in components.SERVICES:
        run(git.root / name, "openapi")
        run(git.root / name, "check", "contract")
    else:
        run(git.root / name, "check")


def _committed(git: Git, name: str, version: str, before: str, run: Make) -> Release:
    """The release's one commit; two where a record follows, which names the first. The last has
    the trailer, so that tag and trailer mean the same commit.
    """
    trailer = f"{TRAILER}: {name}/{version}"
    if name not in components.PROVIDERS:
        _commit(git, name, before, f"{name} {version}\n\n{trailer}")
    else:
        _commit(git, name, before, f"{name} {version}")
        run(git.root / name, "verify")
        _commit(git, name, before, f"{name} {version}: verified\n\n{trailer}")
    return Release(name, version, git.run("rev-parse", "HEAD").strip())


def _commit(git: Git, name: str, before: str, message: str) -> None:
    """What the release may write. Raises Refused where anything else has changed meanwhile."""
    own = components.written(name)
    for path in affected.changed(git, before):
        if not any(path == one or path.startswith(f"{one}/") for one in own):
            raise Refused(f"{path} has changed, which is not {name}'s release")
    there = [one for one in own if (git.root / one).exists()]
    git.run("add", "--all", "--", *there)
    # A first release changes no file but the record.
    git.run("commit", "--quiet", "--allow-empty", "--message", message)


def _ask_the_gate(git: Git, name: str, environment: str) -> None:
    """Raises Refused on a no. Of what runs nowhere compat alone is asked."""
    asked = [answers.of_compat(git, None)]
    if name not in components.RUNS_NOWHERE:
        asked.append(answers.of_can_release(git, name, environment, None))
    for answer in asked:
        if not answer.yes:
            raise Refused("\n".join(["the gate says no", *answer.lines]))


def _undo(git: Git, name: str, before: str) -> None:
    """What the release has written, and nothing else that may have come meanwhile."""
    own = components.written(name)
    git.run("reset", "--quiet", before)
    git.run("checkout", "--quiet", before, "--", *[one for one in own if git.tree(before, one)])
    git.run("clean", "--quiet", "-d", "--force", "--", *own)
