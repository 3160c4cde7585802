"""`python -m gate compat [BASE] | can-release SERVICE ENV [VERSION] | affected [BASE]
| release SERVICE BUMP ENV`
"""

import sys
from pathlib import Path

from gate import affected, answers
from gate.answers import Answer
from gate.fragments import BadFragment
from gate.git import Git, GitError
from gate.release import Refused, release

ROOT = Path(__file__).resolve().parents[2]
MAIN = ("origin/main", "main")  # the first that is there
USAGE = 2


def show_compat(git: Git, base: str | None) -> int:
    """The changes; 1 if one may not be."""
    return _show(answers.of_compat(git, base))


def show_can_release(git: Git, service: str, environment: str, version: str | None) -> int:
    """The table; 0 for yes, 1 for no."""
    return _show(answers.of_can_release(git, service, environment, version))


def show_affected(git: Git, base: str | None) -> int:
    """The services that were touched since the branch left `base`, one a line; all of them where
    there is no main to compare with."""
    base = base or next((ref for ref in MAIN if git.commit(ref)), None)
    names = affected.services(affected.changed(git, base)) if base else affected.ALL
    if names:
        print("\n".join(names))
    return 0


def show_release(git: Git, name: str, part: str, environment: str) -> int:
    """What was released; 1 if nothing was."""
    try:
        made = release(git, name, part, environment)
    except (Refused, BadFragment) as error:
        print(f"{name} is NOT released: {error}", file=sys.stderr)
        return 1
    print(f"{made.title} is released: git push --follow-tags")
    return 0


def _show(answer: Answer) -> int:
    print("\n".join(answer.lines))
    return int(not answer.yes)


def main(arguments: list[str]) -> int:
    try:
        return _command(Git(ROOT), arguments)
    except (GitError, ValueError) as error:
        print(f"gate: {error}", file=sys.stderr)
        return USAGE


def _command(git: Git, arguments: list[str]) -> int:
    match arguments:
        case ["compat", *base] if len(base) <= 1:
            return show_compat(git, base[0] if base else None)
        case ["can-release", service, environment, *version] if len(version) <= 1:
            return show_can_release(git, service, environment, version[0] if version else None)
        case ["affected", *base] if len(base) <= 1:
            return show_affected(git, base[0] if base else None)
        case ["release", name, part, environment]:
            return show_release(git, name, part, environment)
        case _:
            print(__doc__, file=sys.stderr)
            return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
