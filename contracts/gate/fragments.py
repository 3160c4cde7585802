"""Fragments of a changelog, one file for each change, and the section that a release makes of them."""

import re
import subprocess
import sys
from pathlib import Path

CONFIG = Path(__file__).parent / "changelog.toml"
MARK = "<!-- towncrier release notes start -->\n"
_NAME = re.compile(r"\+[a-z0-9-]+\.(added|changed|deprecated|removed|fixed|security)\.md")
_BUILD_S = 60


class BadFragment(Exception):
    """towncrier would leave it lying there, or failed; in one sentence."""


def of(root: Path, name: str) -> list[str]:
    """The file names of the fragments of `name`. Raises BadFragment for one that is none."""
    folder = root / name / "changelog.d"
    found = sorted(file.name for file in folder.iterdir() if file.name != ".gitkeep")
    for one in found:
        if not _NAME.fullmatch(one):
            raise BadFragment(f"{name}/changelog.d/{one}: call it +<what>.<added, changed, …>.md")
    return found


def has_section(root: Path, name: str, version: str) -> bool:
    """Whether the changelog has a section of that version."""
    return f"\n## {version}\n" in (root / name / "CHANGELOG.md").read_text(encoding="utf-8")


def build(root: Path, name: str, version: str) -> None:
    """Make them a section of the changelog, and remove them. Raises BadFragment."""
    command = [sys.executable, "-m", "towncrier", "build", "--yes", "--config", str(CONFIG)]
    command += ["--dir", str(root / name), "--version", version]
    try:
        done = subprocess.run(  # noqa: S603 - our own names
            command, cwd=root, capture_output=True, text=True, timeout=_BUILD_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BadFragment(f"towncrier took longer than {_BUILD_S} s") from error
    if done.returncode:
        raise BadFragment(f"towncrier: {(done.stderr.strip() or done.stdout).splitlines()[-1]}")
