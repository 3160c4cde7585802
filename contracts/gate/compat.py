"""The contracts' changes since their last release, and what each document's version says of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gate import event_rules, openapi_rules, sla_rules
from gate.changes import Change, Json, breaks
from gate.git import Git

Documents = dict[str, Json]  # by path below contracts/, e.g. "sla/gateway.json"
RULES: dict[str, Callable[[Json, Json], list[Change]]] = {
    "openapi": openapi_rules.compare,
    "events": event_rules.compare,
    "sla": sla_rules.compare,
}


@dataclass(frozen=True)
class Report:
    """The changes of one document. `before` and `after`: its versions, None where it is not."""

    document: str
    before: str | None
    after: str | None
    changes: list[Change]

    @property
    def allowed(self) -> bool:
        """Whether nothing breaks, or a new major version says that something does."""
        if not breaks(self.changes):
            return True
        return (
            self.before is not None
            and self.after is not None
            and (_major(self.after) > _major(self.before))
        )


def compare(old: Documents, new: Documents) -> list[Report]:
    """A report for each document that changed. Raises ValueError for one without a version."""
    reports = []
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before == after:
            continue
        if before is None:
            changes = [Change(path, "the contract is new", breaking=False)]
        elif after is None:
            changes = [Change(path, "the contract is gone")]
        else:
            changes = _changes(path, before, after, old)
        was, now = (one and version(path, one) for one in (before, after))
        reports.append(Report(path, was, now, changes))
    return reports


def _changes(path: str, before: Json, after: Json, old: Documents) -> list[Change]:
    kind, _, name = path.partition("/")
    if kind == "sla":
        return sla_rules.compare(before, after, _offered(old.get(f"openapi/{name}")))
    return RULES[kind](before, after)


def _offered(openapi: Json) -> frozenset[str] | None:
    """The operations of a document, as in "GET /v1/me"; None for no document."""
    if openapi is None:
        return None
    return frozenset(
        f"{method.upper()} {path}"
        for path, operations in openapi["paths"].items()
        for method in operations
    )


def version(path: str, document: Json) -> str:
    """The version that a contract has of itself. Raises ValueError where there is none."""
    try:
        if path.startswith("openapi/"):
            return str(document["info"]["version"])
        return str(
            document["$id"].rsplit(":", 1)[1] if path.startswith("events/") else document["version"]
        )
    except LookupError as error:
        raise ValueError(f"{path} has no version") from error


def _major(text: str) -> int:
    return int(text.split(".", maxsplit=1)[0])


def present(contracts: Path) -> Documents:
    """The contracts that lie in the folder."""
    return {
        str(path.relative_to(contracts)): json.loads(path.read_text(encoding="utf-8"))
        for kind in RULES
        for path in sorted((contracts / kind).glob("*.json"))
    }


def released(git: Git, ref: str) -> Documents:
    """The contracts as of `ref`. Raises GitError for an unknown one."""
    paths = [path for kind in RULES for path in git.files(ref, f"contracts/{kind}")]
    return {
        path.removeprefix("contracts/"): json.loads(git.show(ref, path) or "") for path in paths
    }
