"""How far an index has got."""

from dataclasses import dataclass

from sightline_contracts.problems import Unavailable


class Remade(Unavailable):
    """The index was emptied meanwhile. The next search makes it anew."""

    def __init__(self) -> None:
        super().__init__("The search index is being made anew.", retry_after_s=1)


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
    in the gap and those of `waiting` that have ended since. `made` names this index: one that is emptied has another
    name, and takes nothing of what was meant for the one before."""

    made: str
    until: int
    waiting: frozenset[str]
    gap: Gap | None


def left(standing: Gap | None, looked: Gap | None, more: Gap | None) -> Gap | None:
    """What is left where a gap stood, and a look from the newest outcome on has left the gap `looked`, or none. Above
    its own the look has added all there is; below it something may have ended since the standing one was filled down
    there. `more` is left as well."""
    if looked is None:
        rest = standing
    elif standing is None:
        rest = looked
    else:
        rest = Gap(looked.top, looked.after, min(standing.bottom, looked.bottom))
    if rest is None or more is None:
        return rest or more
    upper = max(rest, more, key=lambda gap: gap.top)
    return Gap(upper.top, upper.after, min(rest.bottom, more.bottom))
