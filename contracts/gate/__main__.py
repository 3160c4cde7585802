"""`python -m gate compat [BASE] | can-release SERVICE ENV [VERSION] | affected [BASE]`"""

import sys
from pathlib import Path

from gate import affected, can_release, compat, facts
from gate.git import Git, GitError

ROOT = Path(__file__).resolve().parents[2]
MAIN = ("origin/main", "main")  # the first that is there
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
        for change in report.changes:
            print(f"    {change}")
    refused = sum(not report.allowed for report in reports)
    print(f"since {base}: {len(reports)} contracts changed, {refused} refused")
    return int(refused > 0)


def show_can_release(git: Git, service: str, environment: str, version: str | None) -> int:
    """The table and the answer; 0 for yes, 1 for no."""
    found = facts.gather(git, service, environment, version)
    rows = can_release.decide(found.candidate, found.own_live, found.partners, found.records)
    lines = [("", "partner", "is our", "reason")]
    lines += [("yes" if row.yes else "NO", row.partner, row.role, row.reason) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    for *cells, reason in lines:
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        print("  ".join([*padded, reason]))
    yes = can_release.answer(rows)
    word = "may" if yes else "may NOT"
    print(f"{service} {found.candidate.version} {word} be released to {environment}")
    return int(not yes)


def show_affected(git: Git, base: str | None) -> int:
    """The services that were touched since the branch left `base`, one a line."""
    base = base or next((ref for ref in MAIN if git.commit(ref)), MAIN[-1])
    for name in affected.services(affected.changed(git, base)):
        print(name)
    return 0


def main(arguments: list[str]) -> int:
    git = Git(ROOT)
    try:
        match arguments:
            case ["compat", *base] if len(base) <= 1:
                return show_compat(git, base[0] if base else None)
            case ["can-release", service, environment, *version] if len(version) <= 1:
                return show_can_release(git, service, environment, version[0] if version else None)
            case ["affected", *base] if len(base) <= 1:
                return show_affected(git, base[0] if base else None)
            case _:
                print(__doc__, file=sys.stderr)
                return USAGE
    except (GitError, ValueError) as error:
        print(f"gate: {error}", file=sys.stderr)
        return USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
