"""How far an index has got."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """Outcomes that are not in the index yet: those listed after the key `after`, down to those that were accepted by
    `bottom` (milliseconds since the epoch). All that have a larger place than `top` are there."""

    top: int
    after: str
    bottom: int


@dataclass(frozen=True)
class Progress:
    """All that was accepted by `until` (milliseconds since the epoch) and has ended is in the index, but for what lies
    in the gap and those of `waiting` that have ended since."""

    until: int
    waiting: frozenset[str]
    gap: Gap | None


def joined(one: Gap | None, other: Gap | None) -> Gap | None:
    """One gap that holds both."""
    if one is None or other is None:
        return one or other
    upper = max(one, other, key=lambda gap: gap.top)
    return Gap(upper.top, upper.after, min(one.bottom, other.bottom))
