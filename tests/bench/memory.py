"""Memory of a process and all that it started, from /proc."""

from pathlib import Path


def resident_mb(ancestor: int) -> float:
    """Proportional resident memory (PSS: what is shared is counted once) in MB."""
    return sum(map(_resident_kb, [ancestor, *descendants(ancestor)])) / 1024


def descendants(ancestor: int) -> set[int]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended while we looked
    found = {ancestor}
    while more := {one for one, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {ancestor}


def _resident_kb(process: int) -> int:
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
