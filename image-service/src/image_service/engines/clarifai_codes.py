"""What Clarifai's status codes mean for a picture, for the account and for a further try.

The numbers are those of the API's `StatusCode` (clarifai-grpc 12.6.0). The HTTP status only counts
where a code is not known here: its own client never looks at it.
"""

from typing import Protocol

from image_service.engines.port import Rejected, Unavailable, Unwilling

Code = int | str
OK = 10000
TRY_AGAIN_OFF_S, THROTTLED_OFF_S = 5.0, 15.0
THROTTLED = frozenset({11005})
NAMES = {"SUCCESS": OK, "CONN_THROTTLED": 11005}
"""Where an answer has a name in the place of the number."""
UNREACHED = 39996
"""It could not reach the picture: a second try is worth it, a third is not."""
TRY_AGAIN = frozenset(
    {
        10030,  # TRY_AGAIN
        21351,
        21352,
        21354,  # the model is being deployed, or busy
        30001,
        30003,  # the input is being read
        40030,
        40031,
        40032,  # predictions: queue full, unavailable, too slow
        99009,
        *range(98004, 98020),
    }
)
MODEL = frozenset({21200, 21201, 21202, 21203, 21353})
"""There is no such model, or it is not deployed."""
ACCOUNT = range(11000, 12000)
"""Keys, scopes, plans and limits; and requests that are no good, as then none is."""
PICTURE = frozenset(
    {
        30002,
        30101,
        30104,
        30105,
        30106,
        30300,
        39999,
        40001,
    }
)
SERVER_ERRORS, TOO_MANY, FORBIDDEN = 500, 429, frozenset({401, 402, 403})


class HasCode(Protocol):
    @property
    def code(self) -> Code: ...

    @property
    def description(self) -> str: ...


def check(said: HasCode, http_status: int) -> None:
    """Returns for a success. Raises Unavailable, Unwilling, Rejected, whose reason has the code and
    never the details, in which an answer repeats what it was given."""
    code = NAMES.get(said.code, 0) if isinstance(said.code, str) else said.code
    if code == OK:
        return
    reason = f"It answers {said.code} ({http_status})."
    if code in THROTTLED:
        raise Unavailable(reason, THROTTLED_OFF_S, throttled=True)
    if code in TRY_AGAIN:
        raise Unavailable(reason, TRY_AGAIN_OFF_S)
    if code in MODEL:
        raise Unwilling(reason, operation_alone=True)
    if code in ACCOUNT:
        raise Unwilling(reason)
    if code == UNREACHED or code in PICTURE:
        raise Rejected(reason, ask_again=code == UNREACHED)
    raise _by_status(reason, http_status)


def _by_status(reason: str, status: int) -> Unavailable | Unwilling | Rejected:
    if status == TOO_MANY:
        return Unavailable(reason, THROTTLED_OFF_S, throttled=True)
    if status >= SERVER_ERRORS:
        return Unavailable(reason, TRY_AGAIN_OFF_S)
    if status in FORBIDDEN:
        return Unwilling(reason)
    return Rejected(reason)
