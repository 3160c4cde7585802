"""Holds a service's README to its modules: a newcomer finds each by name in one table."""

import re
from pathlib import Path

UNNAMED = frozenset({"__init__.py", "__main__.py"})


def faults(home: Path, package: str) -> list[str]:
    """Modules of `home`/src/`package` that the README's table does not name, and names in it that
    are no module."""
    source = home / "src" / package
    modules = {
        str(path.relative_to(source)) for path in source.rglob("*.py") if path.name not in UNNAMED
    }
    named = _named((home / "README.md").read_text(encoding="utf-8"))
    missing = [f"{module} is not in the README" for module in sorted(modules - named)]
    unknown = [f"{name} is no module" for name in sorted(named - modules)]
    return missing + unknown


def _named(readme: str) -> set[str]:
    """Paths of modules in the table; a bare name lies in the last folder that its row names."""
    names: set[str] = set()
    for row in readme.splitlines():
        if not row.startswith("|"):
            continue
        folder = ""
        for quoted in re.findall(r"`([\w/.-]+)`", row):
            if quoted.endswith("/"):
                folder = quoted
            elif quoted.endswith(".py"):
                folder, name = (
                    (quoted.rpartition("/")[0] + "/", quoted)
                    if "/" in quoted
                    else (folder, f"{folder}{quoted}")
                )
                names.add(name)
    return names
