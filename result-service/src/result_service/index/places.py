"""Places of analyses in an index: numbers in the order of the lists, the newest is the largest.

A place is made of the id alone, so that a cursor means the same in every replica's index.
"""

from sightline_contracts import ids

ID_BITS = 20
"""Bits of the id beside its time: enough for those that were made in the same millisecond."""
LAST_MILLISECOND = (1 << 43) - 2
"""In the year 2248: a place has to fit into 63 bits."""
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_CHARACTERS = ID_BITS // 5
_TIME_CHARACTERS = 10


def of(analysis_id: str) -> int:
    """Within a millisecond the smaller id is the newer one, as in the bucket's listings."""
    random = analysis_id.partition("_")[2][_TIME_CHARACTERS:][:_CHARACTERS]
    number = 0
    for character in random:
        number = number << 5 | _DIGITS.index(character)
    return end_of(ids.milliseconds_of(analysis_id)) - number


def end_of(milliseconds: int) -> int:
    """The largest place of what was accepted in that millisecond since the epoch, or before; -1 before the epoch."""
    return (max(-1, min(milliseconds, LAST_MILLISECOND)) + 1 << ID_BITS) - 1
