"""The body of a request: within the limit of its operation, and read to its end where that costs little."""

import asyncio
from collections.abc import Mapping

from starlette.types import Message, Receive

from sightline_contracts import memory
from sightline_contracts.problems import BodyTooLarge, Overloaded

LENGTH_DIGITS = 18  # beyond them no body ends, and a number may have too many
REST_BYTES = 65536
REST_S = 0.2


class LimitedBody:
    """Refuses a body of more than `limit` bytes by its announced length, or while it is read; what is
    read is taken from the budget for bodies."""

    def __init__(self, receive: Receive, limit: int, headers: Mapping[bytes, bytes]) -> None:
        self._receive = receive
        self._limit = limit
        self._length = headers.get(b"content-length", b"")
        self._ended = self._length in (b"", b"0") and b"transfer-encoding" not in headers
        self._waits_for_a_word = b"expect" in headers
        self._seen = 0
        self.problem: BodyTooLarge | Overloaded | None = None

    def check_announced(self) -> None:
        """Raises BodyTooLarge before anything is read."""
        digits = self._length.lstrip(b"0") if self._length.isdigit() else b""
        if len(digits) > LENGTH_DIGITS or int(digits or b"0") > self._limit:
            raise self._too_large()

    async def __call__(self) -> Message:
        message = await self._read()
        self._seen += len(message.get("body", b""))
        try:
            if self._seen > self._limit:
                raise self._too_large()
            memory.take(len(message.get("body", b"")))
        except (BodyTooLarge, Overloaded) as problem:
            self.problem = problem
            raise
        return message

    async def take_in_the_rest(self) -> bool:
        """Whether the body has been read to its end: now, where no more is left than REST_BYTES that come
        within REST_S (as Go's server does with 256 KB). One that waits for "100 Continue" (RFC 9110
        §10.1.1) is not asked for it."""
        if self._ended or self._waits_for_a_word:
            return self._ended
        left = REST_BYTES
        try:
            async with asyncio.timeout(REST_S):
                while not self._ended and left > 0:
                    left -= len((await self._read()).get("body", b""))
        except TimeoutError:
            return False
        return self._ended

    async def _read(self) -> Message:
        message = await self._receive()
        self._ended = not message.get("more_body", False)
        return message

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"The body may have {self._limit} bytes at the most.")
