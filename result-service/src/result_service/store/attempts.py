"""Calls of obstore: each has a deadline and one repetition, and its errors speak the port's words.

obstore's own repetitions are off, since they know of no deadline and of no other call.
"""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from obstore.exceptions import BaseError, GenericError
from sightline_contracts import context, tracing
from sightline_contracts.problems import Unavailable

from result_service.errors import RangeNotSatisfiable

ATTEMPTS = 2
PAUSE_S = 0.2
"""The longest pause before the repetition, in seconds; it is drawn at random."""
BUDGET = 100.0
"""Repetitions that may follow each other while no call succeeds."""
EARNED = 0.1
"""Repetitions that a call earns which succeeds: a store in trouble gets a tenth more, not twice as much."""
_CODE = re.compile(r"<Code>(\w+)</Code>")
_REFUSED = re.compile(r"non-2xx status code: 4(?!08|29)\d\d")
"""Statuses of a request that is refused however often it comes: 408 and 429 may pass."""
_log = structlog.get_logger()
T = TypeVar("T")


def code_of(error: Exception) -> str:
    """The code in the store's answer; empty where there was none. obstore has it in the text alone."""
    found = _CODE.search(str(error))
    return found[1] if found else ""


def is_not_found(error: Exception) -> bool:
    """Whether a head met nothing: its answer has no body that could tell more."""
    return isinstance(error, FileNotFoundError)


def is_no_such_key(error: Exception) -> bool:
    """Whether the key is missing, and not the bucket."""
    return isinstance(error, FileNotFoundError) and code_of(error) == "NoSuchKey"


def never(_error: Exception) -> bool:
    return False


class Attempts:
    """At most `places` calls are under way, and so many connections; each call has `attempts` tries."""

    def __init__(self, places: int, attempts: int = ATTEMPTS) -> None:
        self._places = asyncio.Semaphore(places)
        self._attempts = attempts
        self._budget = BUDGET

    async def make(
        self,
        call: Callable[[], Awaitable[T]],
        seconds: float,
        is_absent: Callable[[Exception], bool] = never,
        *,
        can_repeat: bool = True,
    ) -> T | None:
        """The answer of `call`, whose every try has so many seconds; None for an error that `is_absent`
        knows. Raises RangeNotSatisfiable, and Unavailable for every other error."""
        tries = self._attempts if can_repeat else 1
        while True:
            tries -= 1
            try:
                async with self._places, asyncio.timeout(seconds):
                    with tracing.step("s3", "client", {"rpc.system.name": "aws-api"}):
                        answer = await call()
            except (BaseError, OSError, ValueError) as error:
                if is_absent(error):
                    return None
                if tries == 0 or not self._may_repeat(error):
                    raise _translated(error) from error
                await asyncio.sleep(random.uniform(0, PAUSE_S))  # noqa: S311  # no secret
            else:
                self._budget = min(BUDGET, self._budget + EARNED)
                return answer

    def _may_repeat(self, error: Exception) -> bool:
        """Whether another try may end better, somebody still waits for it, and the budget has one left."""
        is_passing = isinstance(error, GenericError | TimeoutError)
        if not is_passing or _REFUSED.search(str(error)) or context.remaining(1) <= 0:
            return False
        if self._budget < 1:
            return False
        self._budget -= 1
        return True


def _translated(error: Exception) -> RangeNotSatisfiable | Unavailable:
    code = code_of(error)
    if code == "InvalidRange":
        return RangeNotSatisfiable()
    if code or not isinstance(error, GenericError | TimeoutError):
        _log.warning("store_refused", store="s3", code=code or type(error).__name__)
        return Unavailable("The object store refused.")
    _log.warning("store_unreachable", store="s3", error=type(error).__name__)
    return Unavailable("The object store does not answer.")
