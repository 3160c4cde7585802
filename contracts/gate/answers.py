"""What the gate answers, in words, and whether it is a yes."""

from dataclasses import dataclass

from gate import can_release, compat, facts, releases
from gate.git import Git


@dataclass(frozen=True)
class Answer:
    """`lines`: for whoever asked."""

    lines: list[str]
    yes: bool


def of_compat(git: Git, base: str | None) -> Answer:
    """The contracts' changes since `base`, else since their last release; no if one may not be."""
    title = base
    if base is None:
        last = releases.newest(git, "contracts")
        if last is None:
            return Answer(["no release yet: everything is new"], yes=True)
        title, base = last.title, last.commit
    reports = compat.compare(compat.released(git, base), compat.present(git.root / "contracts"))
    lines = []
    for report in reports:
        verdict = "ok" if report.allowed else "REFUSED: it breaks without a new major version"
        lines.append(
            f"{report.document}  {report.before or '-'} → {report.after or '-'}  {verdict}"
        )
        lines += [f"    {change}" for change in report.changes]
    refused = sum(not report.allowed for report in reports)
    lines.append(f"since {title}: {len(reports)} contracts changed, {refused} refused")
    return Answer(lines, yes=refused == 0)


def of_can_release(git: Git, service: str, environment: str, version: str | None) -> Answer:
    """A table with a row for each question."""
    found = facts.gather(git, service, environment, version)
    rows = can_release.decide(found.candidate, found.own_live, found.partners, found.records)
    table = [("", "partner", "is our", "reason")]
    table += [("yes" if row.yes else "NO", row.partner, row.role, row.reason) for row in rows]
    widths = [max(len(line[column]) for line in table) for column in range(3)]
    lines = []
    for *cells, reason in table:
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        lines.append("  ".join([*padded, reason]))
    yes = can_release.answer(rows)
    word = "may" if yes else "may NOT"
    lines.append(f"{service} {found.candidate.version} {word} be released to {environment}")
    return Answer(lines, yes)
