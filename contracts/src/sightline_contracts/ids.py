"""Public ids: a short prefix and a ULID in lower case, so that ids sort by time."""

import re
from datetime import UTC, datetime

from ulid import ULID

_ULID = "[0-7][0-9a-hjkmnp-tv-z]{25}"
_CALENDARS_END = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp() * 1000)
"""A ULID can name the year 10889; datetime cannot, nor a date of four digits."""

ANALYSIS_ID = f"^an_{_ULID}$"
USER_ID = f"^us_{_ULID}$"
BATCH_ID = f"^ba_{_ULID}$"
API_KEY_ID = f"^ak_{_ULID}$"
SESSION_ID = f"^se_{_ULID}$"
UPLOAD_ID = f"^up_{_ULID}$"
SHARE_ID = f"^sh_{_ULID}$"
MESSAGE_ID = f"^msg_{_ULID}$"


def new_id(prefix: str) -> str:
    """A fresh id such as "an_01k…"."""
    return f"{prefix}_{str(ULID()).lower()}"


def sibling(prefix: str, value: str) -> str:
    """The id of another kind that stands for the same thing."""
    return f"{prefix}_{value.partition('_')[2]}"


def is_id(prefix: str, value: str) -> bool:
    """Whether `value` is a well-formed id with that prefix."""
    return re.fullmatch(f"{prefix}_{_ULID}", value) is not None


def milliseconds_of(value: str) -> int:
    """Milliseconds since the epoch at which the id was made. Raises ValueError on a bad id."""
    made = int(ULID.from_str(value.partition("_")[2].upper()).milliseconds)
    return min(made, _CALENDARS_END)


def prefix_of(prefix: str, milliseconds: int) -> str:
    """What every id begins with that was made in that millisecond since the epoch."""
    return f"{prefix}_{str(ULID.from_timestamp(milliseconds))[:10].lower()}"


def rfc3339(moment: datetime) -> str:
    """UTC with milliseconds and `Z`, the one time format of the API."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> str:
    """The current time as RFC 3339."""
    return rfc3339(datetime.now(UTC))
