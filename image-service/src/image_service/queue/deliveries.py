"""What a work stream gives."""

from typing import NamedTuple


class Delivery(NamedTuple):
    """An entry as this worker got it. `lost`: how often it was given to a worker that never reported
    what became of it."""

    entry: str
    fields: dict[str, str]
    lost: int = 0


Entries = list[Delivery]
