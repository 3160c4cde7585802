"""`python -m gate compat [BASE] | can-release SERVICE ENV | affected [BASE]`, in contracts/."""

import sys
from pathlib import Path

from gate import compat
from gate.git import Git, GitError

ROOT = Path(__file__).resolve().parents[2]
USAGE = 2


def show_compat(git: Git, base: str | None) -> int:
    """The contracts' changes since `base`, else since their last release; 1 if one may not be."""
    base = base or git.newest_tag(compat.RELEASE)
    if base is None:
        print("no release yet: everything is new")
        return 0
    reports = compat.compare(compat.released(git, base), compat.present(git.root / "contracts"))
    for report in reports:
        verdict = "ok" if report.allowed else "REFUSED: it breaks without a new major version"
        print(f"{report.document}  {report.before or '-'} → {report.after or '-'}  {verdict}")
        for change in report.changes or ["no change that anybody could notice"]:
            print(f"    {change}")
    refused = sum(not report.allowed for report in reports)
    print(f"since {base}: {len(reports)} contracts changed, {refused} refused")
    return int(refused > 0)


def main(arguments: list[str]) -> int:
    git = Git(ROOT)
    try:
        match arguments:
            case ["compat", *base] if len(base) <= 1:
                return show_compat(git, base[0] if base else None)
            case _:
                print(__doc__, file=sys.stderr)
                return USAGE
    except (GitError, ValueError) as error:
        print(f"gate: {error}", file=sys.stderr)
        return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
