"""Copies of the real contracts, to be changed at will, and small repositories."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from gate import compat
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
        self.git.run(
            "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false",
            "commit", "--quiet", "--message", message,
        )  # fmt: skip
        return self.git.run("rev-parse", "HEAD").strip()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    git = Git(tmp_path)
    git.run("init", "--quiet", "--initial-branch=main")
    return Repository(tmp_path, git)
