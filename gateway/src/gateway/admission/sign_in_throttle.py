"""Slows down whoever guesses passwords, before a password is hashed.

Attempts are counted three ways: for an account from one address, for an address, and for an account
from everywhere. The last count alone would let anybody lock somebody out, so it does not hold back an
address from which the account has signed in lately. Accounts that do not exist are treated alike.
Redis keeps keyed digests only: neither e-mail addresses nor who signs in from where can be read there.
"""

from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.admission.address_digests import AddressDigests, network
from gateway.admission.gcra import Bucket, Rate, RateCounter
from gateway.errors import RateLimited


@dataclass(frozen=True)
class SignInLimits:
    """Password attempts per hour: for one account from one address, from one address, and for one
    account from everywhere. An address is familiar for `familiar_address_s` seconds after a sign-in."""

    pair: Rate
    address: Rate
    account: Rate
    familiar_address_s: int


@dataclass(frozen=True)
class Attempt:
    """`counted` in these buckets, the first of which is that of the account and the address
    together; `pair` is the digest of both."""

    pair: str
    counted: tuple[Bucket, ...]


class SignInThrottle:
    """Raises RateLimited with Retry-After."""

    def __init__(
        self, redis: Redis, counter: RateCounter, digests: AddressDigests, limits: SignInLimits
    ) -> None:
        self._redis = redis
        self._counter = counter
        self._digests = digests
        self._limits = limits

    async def begin(self, account: str, address: str) -> Attempt:
        """Count an attempt before its password is looked at. `account` is whatever names it; e-mail
        addresses that differ only in case are the same account."""
        account, place = account.strip().lower(), network(address)
        pair = self._digests.of("pair", account, place)
        buckets = [
            Bucket(f"pair:{pair}", self._limits.pair),
            Bucket(f"address:{self._digests.of('address', place)}", self._limits.address),
        ]
        if not await self._is_familiar(pair):
            digest = self._digests.of("account", account)
            buckets.append(Bucket(f"account:{digest}", self._limits.account))
        counted = tuple(buckets)
        taken = await self._counter.take(*counted)
        if taken.wait_s:
            problem = RateLimited("Too many passwords were tried; wait, or sign in from elsewhere.")
            problem.headers["Retry-After"] = str(taken.wait_s)
            raise problem
        return Attempt(pair, counted)

    async def discount(self, attempt: Attempt) -> None:
        """Take an attempt back: no password was found wrong."""
        await self._counter.give_back(*attempt.counted)

    async def succeeded(self, attempt: Attempt) -> None:
        """Forget earlier attempts from this address, and remember the address as familiar."""
        await self.discount(attempt)
        await self._counter.empty(attempt.counted[0])
        try:
            familiar_s = self._limits.familiar_address_s
            await self._redis.set(f"familiar:{attempt.pair}", "1", ex=familiar_s)
        except (RedisError, OSError):
            return  # the next sign-in tries again

    async def _is_familiar(self, pair: str) -> bool:
        try:
            return bool(await self._redis.exists(f"familiar:{pair}"))
        except (RedisError, OSError):
            return False
