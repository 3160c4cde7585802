"""What changed between two SLA files: a promise may become better, never worse.

And whether an SLA keeps what a consumer needs of it.
"""

from dataclasses import asdict
from typing import Any

from gate.changes import Change
from sightline_contracts import loader
from sightline_contracts.loader import Objective, Sla

Node = dict[str, Any]
# Settings that others count on. The rest is how a service runs itself.
MORE_IS_BETTER = frozenset(
    {
        "max_wait_s",
        "requests_per_minute",
        "idempotency_ttl_s",
        "image_limit_bytes",
        "image_limit_pixels",
        "max_attempts",
        "max_event_age_s",
        "uploads_kept_days",
        "presigned_upload_valid_s",
        "access_token_ttl_s",
        "refresh_token_ttl_s",
        "reservation_ttl_s",
        "monthly_quota",
    }
)
LESS_IS_BETTER = frozenset({"sse_heartbeat_s", "completion_pause_s", "sweep_interval_s"})
# What a figure is called, and whether a higher one is worse. More retries only ask for less care.
_FIGURES = {"timeout_s": True, "body_limit_bytes": False, "retries": False}


def compare(old: Node, new: Node, offered: frozenset[str] | None = None) -> list[Change]:
    """All changes from `old` to `new`, both as in `contracts/sla/`. `offered`: the operations that
    there were, where that is known: what is promised of a new one loosens nothing."""
    was, now = loader.parse_sla(old), loader.parse_sla(new)
    names = dict.fromkeys(["default", *was.operations, *now.operations])
    changes = [change for name in names for change in _operation(name, was, now, offered)]
    before, after = _objectives(was), _objectives(now)
    for name, objective in before.items():
        if name not in after:
            changes.append(Change(f"objective {name}", "it is gone"))
        else:
            changes += _objective(f"objective {name}", objective, after[name])
    changes += [
        Change(f"objective {name}", "it is new", breaking=False)
        for name in after
        if name not in before
    ]
    return [*changes, *_settings(was.settings, now.settings)]


def unmet(needs: Node, sla: Node) -> list[str]:
    """What `sla` does not give of `needs`, a sentence each; empty when all is given.

    `needs` as in `contracts/needs/<consumer>.json` for one provider: bounds of objectives and
    of operations' figures, each with `at_most` or `at_least`.
    """
    promised = loader.parse_sla(sla)
    targets = {name: one.target for name, one in _objectives(promised).items()}
    wanted = [
        (name, bound, targets.get(name)) for name, bound in needs.get("objectives", {}).items()
    ]
    for operation, figures in needs.get("operations", {}).items():
        given = _figures(promised, operation)
        wanted += [(f"{operation} {key}", bound, given.get(key)) for key, bound in figures.items()]
    sentences = []
    for name, bound, value in wanted:
        most, least = bound.get("at_most"), bound.get("at_least")
        if value is None:
            sentences.append(f"{name} is needed and not promised")
        elif most is not None and value > most:
            sentences.append(f"{name} is {value}, at most {most} is needed")
        elif least is not None and value < least:
            sentences.append(f"{name} is {value}, at least {least} is needed")
    return sentences


def _figures(sla: Sla, operation: str) -> dict[str, float]:
    return asdict(sla.operations.get(operation, sla.default))


def _objectives(sla: Sla) -> dict[str, Objective]:
    return {one.name: one for one in sla.objectives}


def _operation(name: str, old: Sla, new: Sla, offered: frozenset[str] | None) -> list[Change]:
    known = {"default", *old.operations}
    if offered is not None and name not in known | offered:
        return [Change(name, "the operation is new", breaking=False)]
    before, after = _figures(old, name), _figures(new, name)
    return [
        _moved(f"{name} {key}", before[key], after[key], worse=(after[key] > before[key]) == up)
        for key, up in _FIGURES.items()
        if before[key] != after[key]
    ]


def _objective(place: str, old: Objective, new: Objective) -> list[Change]:
    before, after = asdict(old), asdict(new)
    changes = [
        Change(place, f"{key} was {before[key]}, it is {after[key]}: the two cannot be compared")
        for key in ("operation", "unit", "window")
        if before[key] != after[key]
    ]
    if old.target != new.target:
        up = new.target > old.target
        worse = up != (old.unit == "share")
        changes.append(_moved(f"{place} target", old.target, new.target, worse=worse))
    if old.quantile != new.quantile:
        worse = (new.quantile or 0) < (old.quantile or 0)
        changes.append(
            _moved(f"{place} quantile", old.quantile or 0, new.quantile or 0, worse=worse)
        )
    return changes


def _settings(old: dict[str, float], new: dict[str, float]) -> list[Change]:
    changes = []
    for name in sorted(old.keys() | new.keys()):
        place = f"setting {name}"
        if name not in new:
            changes.append(Change(place, "it is gone"))
        elif name not in old:
            changes.append(Change(place, "it is new", breaking=False))
        elif old[name] != new[name]:
            less = new[name] < old[name]
            worse = name in (MORE_IS_BETTER if less else LESS_IS_BETTER)
            changes.append(_moved(place, old[name], new[name], worse=worse))
    return changes


def _moved(place: str, before: float, after: float, *, worse: bool) -> Change:
    return Change(place, f"was {before}, it is {after}", breaking=worse)
