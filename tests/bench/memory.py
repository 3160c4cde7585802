"""Memory of a process group, from /proc."""

import os
from pathlib import Path


def resident_mb(group: int) -> float:
    """Proportional resident memory (PSS: what is shared is counted once) of all processes of a
    group, in MB."""
    kilobytes = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if os.getpgid(int(process.name)) != group:
                continue
            rollup = (process / "smaps_rollup").read_text()
        except OSError:
            continue  # it ended while we looked
        kilobytes += next(
            int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")
        )
    return kilobytes / 1024
