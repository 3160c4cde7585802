"""What a work stream gives: entries, and how much there is of them."""

from dataclasses import dataclass
from typing import NamedTuple


class Delivery(NamedTuple):
    """An entry as this worker got it. `lost`: how often it was given to a worker that never reported
    what became of it."""

    entry: str
    fields: dict[str, str]
    lost: int = 0


Entries = list[Delivery]


@dataclass(frozen=True)
class Depth:
    """Messages that nobody has, that a worker has, that wait for a further attempt; the age of the
    oldest that has not ended, in seconds since it came or came back."""

    waiting: int
    in_flight: int
    delayed: int
    oldest_age_s: float
