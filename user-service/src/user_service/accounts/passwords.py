"""Argon2id, off the event loop and bounded, with the same work for an unknown user.

A password is hashed as PRECIS' OpaqueString (RFC 8265), so that it is the same however a keyboard writes
its letters. Hashes of versions before hold passwords as they were given; those are tried as well.
"""

import os
import secrets
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync
from precis_i18n import get_profile
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sightline_contracts.problems import InvalidRequest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from user_service.errors import Overloaded

T = TypeVar("T")
MIN_CHARACTERS, MAX_CHARACTERS, MAX_BYTES = 8, 128, 1024
OPAQUE_STRING = get_profile("OpaqueString")
COMMON = frozenset(FREQUENCY_LISTS["passwords"])
"""The 30,000 passwords that people choose most, in lower case."""


def normalised(password: str) -> str | None:
    """As it is hashed: NFC, each kind of space as a space. None where it holds what no password can
    (RFC 8264 §9), such as control characters and what cannot be seen."""
    try:
        return str(OPAQUE_STRING.enforce(password))
    except UnicodeEncodeError:
        return None


def check_strength(password: str, email: str) -> str:
    """The password, normalised: long enough, not what is tried first, and nothing about composition
    (NIST SP 800-63B, 5.1.1.2). Raises InvalidRequest."""
    chosen = None if _is_too_long(password) else normalised(password)
    if _is_too_long(password) or (chosen is not None and _has_another_length(chosen)):
        detail = f"must have {MIN_CHARACTERS} to {MAX_CHARACTERS} characters"
    elif chosen is None:
        detail = "has a character that cannot be seen, or is none yet"
    elif chosen.lower() in COMMON:
        detail = "is among the passwords that are tried first"
    elif chosen.lower() in (email.lower(), email.lower().partition("@")[0]):
        detail = "must not be your e-mail address"
    else:
        return chosen
    raise InvalidRequest(errors=[{"pointer": "/password", "detail": detail}])


def _is_too_long(password: str) -> bool:
    return len(password) > MAX_CHARACTERS or len(password.encode()) > MAX_BYTES


def _has_another_length(password: str) -> bool:
    return len(password) < MIN_CHARACTERS or _is_too_long(password)


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
        """Of a password that is normalised."""
        return await self._bounded(partial(self._hash.hash, password))

    async def verify(self, password: str, stored: str | None) -> tuple[bool, str | None]:
        """Whether it is right, and a new hash when the parameters were raised since, or the old one
        is not of the password as it is normalised. `stored` is None for an unknown user: the same
        work is done, and the answer is no."""
        if _is_too_long(password):
            return False, None
        right, renewed = await self._bounded(
            partial(self._verified, password, normalised(password), stored or self._dummy)
        )
        return (right and stored is not None), renewed

    def _verified(self, given: str, normal: str | None, stored: str) -> tuple[bool, str | None]:
        """A wrong one costs as much whatever is stored: it depends on what was given alone."""
        if normal is not None:
            right, renewed = self._hash.verify_and_update(normal, stored)
            if right or normal == given:
                return right, renewed
        right, renewed = self._hash.verify_and_update(given, stored)
        if right and normal is not None:
            renewed = self._hash.hash(normal)
        return right, renewed

    async def _bounded(self, work: Callable[[], T]) -> T:
        if self._under_way >= self._places:
            raise Overloaded
        self._under_way += 1
        try:
            return await run_sync(work, limiter=self._threads)
        finally:
            self._under_way -= 1
