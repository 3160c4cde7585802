"""Argon2id, off the event loop and bounded, with the same work for an unknown user."""

import os
import secrets
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sightline_contracts.problems import InvalidRequest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from user_service.errors import Overloaded

T = TypeVar("T")
MIN_CHARACTERS, MAX_CHARACTERS, MAX_BYTES = 8, 128, 1024
COMMON = frozenset(FREQUENCY_LISTS["passwords"])
"""The 30,000 passwords that people choose most, in lower case."""


def check_strength(password: str, email: str) -> None:
    """Long enough, not what is tried first, and nothing about composition (NIST SP 800-63B,
    5.1.1.2). Raises InvalidRequest."""
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS or len(password.encode()) > MAX_BYTES:
        detail = f"must have {MIN_CHARACTERS} to {MAX_CHARACTERS} characters"
    elif password.lower() in COMMON:
        detail = "is among the passwords that are tried first"
    elif password.lower() in (email.lower(), email.lower().partition("@")[0]):
        detail = "must not be your e-mail address"
    else:
        return
    raise InvalidRequest(errors=[{"pointer": "/password", "detail": detail}])


class Passwords:
    """OWASP's floor for Argon2id: 19 MiB, two passes, one lane. At most twice the cores at once are
    hashed or waited for; beyond that the caller is told to come back (Overloaded)."""

    def __init__(self) -> None:
        hasher = Argon2Hasher(time_cost=2, memory_cost=19456, parallelism=1)
        self._hash = PasswordHash((hasher,))
        cores = os.cpu_count() or 1
        self._threads = anyio.CapacityLimiter(cores)
        self._places = cores * 2
        self._under_way = 0
        self._dummy = self._hash.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        return await self._bounded(partial(self._hash.hash, password))

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether it is right, and a new hash when the parameters were raised since. `stored`
        is None for an unknown user: the same work is done, and the answer is no."""
        if len(password) > MAX_CHARACTERS or len(password.encode()) > MAX_BYTES:
            return False, None
        right, renewed = await self._bounded(
            partial(self._hash.verify_and_update, password, stored or self._dummy)
        )
        return (right and stored is not None), renewed

    async def _bounded(self, work: Callable[[], T]) -> T:
        if self._under_way >= self._places:
            raise Overloaded
        self._under_way += 1
        try:
            return await run_sync(work, limiter=self._threads)
        finally:
            self._under_way -= 1
