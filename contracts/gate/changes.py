"""One change of a contract, and which way its data flows."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

Json = Any  # what json.loads gives


class Side(Enum):
    """Who is bound by a schema, seen from the service that owns it.

    READ: what others read from it (answers, events): it may promise more, never less.
    WRITE: what others send to it (parameters, bodies): it may demand less, never more.
    """

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class Change:
    """`place` is where in the document, `what` the change in words."""

    place: str
    what: str
    breaking: bool = True

    def __str__(self) -> str:
        return f"{'breaking' if self.breaking else 'harmless'}  {self.place}: {self.what}"


def breaks(changes: list[Change]) -> int:
    """How many of `changes` are breaking."""
    return sum(change.breaking for change in changes)
