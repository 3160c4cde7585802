"""What git knows, asked by its command."""

import subprocess
from pathlib import Path

GIT_S = 60


class GitError(Exception):
    """git refused; its own words."""


class Git:
    """The repository that holds `root`, its top folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *arguments: str) -> str:
        """git's output. Raises GitError."""
        command = ["git", "-C", str(self.root), *arguments]
        try:
            done = subprocess.run(command, capture_output=True, timeout=GIT_S, check=False)  # noqa: S603 - no shell, and names come from this repository
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {arguments[0]} took longer than {GIT_S} s") from error
        if done.returncode:
            raise GitError(done.stderr.decode().strip() or f"git {arguments[0]} failed")
        return done.stdout.decode()  # line ends as they are: sums are taken of it

    def commit(self, ref: str) -> str | None:
        """The full name of the commit that `ref` means, None if there is none."""
        try:
            return self.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").strip()
        except GitError:
            return None

    def show(self, ref: str, path: str) -> str | None:
        """The file at `path` as of `ref`, None where it was not there."""
        try:
            return self.run("show", f"{ref}:{path}")
        except GitError:
            return None

    def tree(self, ref: str, path: str) -> str | None:
        """The name of the content of `path` at `ref`: equal names, equal content."""
        try:
            return self.run("rev-parse", "--verify", "--quiet", f"{ref}:{path}").strip()
        except GitError:
            return None

    def files(self, ref: str, folder: str) -> list[str]:
        """The paths below `folder` as of `ref`. Raises GitError for an unknown ref."""
        return self.run("ls-tree", "-r", "--name-only", ref, "--", folder).splitlines()

    def is_ancestor(self, commit: str, of: str = "HEAD") -> bool:
        try:
            self.run("merge-base", "--is-ancestor", commit, of)
        except GitError:
            return False
        return True
