"""What changed between two versions of an event's schema."""

from gate import second_opinion
from gate.changes import Change, Json, Side, breaks
from gate.schema_rules import Comparison


def compare(old: Json, new: Json) -> list[Change]:
    """All changes from `old` to `new`, JSON Schemas of an event's data.

    Old readers must understand new events, and, since a queue holds both during a rollout and
    readers refuse what their schema does not allow, new readers must take old events.
    """
    schemas = Comparison(old, new)
    read = schemas.compare(old, new, Side.READ, "")
    written = schemas.compare(old, new, Side.WRITE, "")
    worst: dict[str, Change] = {}
    for change in [*read, *written]:
        place = change.place or "/"
        if place not in worst or (change.breaking and not worst[place].breaking):
            worst[place] = Change(place, change.what, change.breaking)
    changes = list(worst.values())
    return changes if breaks(changes) else [*changes, *second_opinion.of(old, new, "/")]
