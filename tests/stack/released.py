"""A part as it was released: its files and its contracts, taken out of git."""

import io
import os
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from local import environments
from local.environments import CACHE, ROOT
from local.errors import StackError

RELEASES = CACHE / "releases"
GIT_S = 60


@dataclass(frozen=True)
class Released:
    """One part as of one commit. `home` holds its folder and contracts/."""

    name: str
    title: str
    commit: str
    home: Path

    def python(self) -> Path:
        """The interpreter with what its own lock names."""
        return environments.python_as_locked(self.name, self.home)

    def static(self) -> Path:
        """The web app's files, for the edge; made when it was unpacked."""
        return self.home / "static"


def unpack(name: str, title: str, commit: str) -> Released:
    """The part as of `commit`. Raises StackError."""
    home = RELEASES / f"{name}-{commit[:12]}"
    if not home.is_dir():
        half = RELEASES / f"{home.name}.{os.getpid()}"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(_archive(commit, name))) as files:
            files.extractall(half, filter="data")
        if name == "static-cdn":
            environments.app(half / name, half / "static")
        half.rename(home)  # whole, or not at all
    return Released(name, title, commit, home)


def _archive(commit: str, name: str) -> bytes:
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", commit, name, "contracts"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=GIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StackError(f"git archive failed: {error}") from error
    if done.returncode:
        raise StackError(f"git archive {commit}: {done.stderr.decode().strip()}")
    return done.stdout
