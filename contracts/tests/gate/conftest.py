"""Copies of the real contracts, to be changed at will, and small repositories."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from release_steps import Steps
from small_system import edge, releasable, system, verify

from gate import compat, components
from gate.changes import Json
from gate.git import Git

CONTRACTS = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def real() -> dict[str, Json]:
    """The contracts as they lie in the repository, by path. To be copied, not changed."""
    return compat.present(CONTRACTS)


@dataclass(frozen=True)
class Repository:
    """A repository of a test's own."""

    root: Path
    git: Git

    def commit_all(self, message: str) -> str:
        """Commit the whole folder; the commit's name."""
        self.git.run("add", "--all")
        self.git.run("commit", "--quiet", "--message", message)
        return self.git.run("rev-parse", "HEAD").strip()

    def merge(self, branch: str) -> None:
        """Into the one that is checked out; where both changed, the branch counts."""
        self.git.run("merge", "--quiet", "--no-edit", "--strategy-option", "theirs", branch)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    # A hook's environment names our own repository, and a developer's settings may say anything.
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    git = Git(tmp_path)
    git.run("init", "--quiet", "--initial-branch=main")
    for key, value in (
        ("user.name", "t"),
        ("user.email", "t@example.com"),
        ("commit.gpgsign", "false"),
    ):
        git.run("config", key, value)
    return Repository(tmp_path, git)


@pytest.fixture
def steps(repository) -> Steps:
    """Of a system in which all may be released."""
    for name in ("gateway", "user-service", "static-cdn", *components.RUNS_NOWHERE):
        releasable(repository, name)
    edge(repository)
    system(repository)
    verify(repository)
    repository.commit_all("verified")
    return Steps(repository)
