"""Slows down whoever guesses passwords, before anything is hashed.

Tries are counted three ways: of an account from one address, from an address, and of an account from
everywhere. The last would let anybody lock somebody out; so addresses from which the account has
signed in lately are not held by it. The same is said of accounts that are there and that are not.
Only keyed digests are in Redis: neither e-mail addresses nor who signs in from where can be read there.
"""

from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sightline_contracts.loader import Sla

from gateway.admission.address_digests import Digests, network
from gateway.admission.gcra import Bucket, Buckets, Rate
from gateway.errors import RateLimited

HOUR_S = 3600


@dataclass(frozen=True)
class Try:
    """`counted` in these buckets, the first of which is that of the account and the address
    together; `pair` is the digest of both."""

    pair: str
    counted: tuple[Bucket, ...]


class Guesses:
    """Raises RateLimited with Retry-After."""

    def __init__(self, redis: Redis, buckets: Buckets, digests: Digests, sla: Sla) -> None:
        self._redis = redis
        self._buckets = buckets
        self._digests = digests
        self._familiar_s = int(sla.settings["familiar_address_s"])
        self._rates = {
            name: Rate(
                int(sla.settings[f"sign_in_{name}_per_hour"]),
                HOUR_S,
                int(sla.settings[f"sign_in_{name}_burst"]),
            )
            for name in ("pair", "address", "account")
        }

    async def begin(self, account: str, address: str) -> Try:
        """Before a password is looked at. `account`: whatever names it, an e-mail address that
        differs in case alone is the same."""
        account, place = account.strip().lower(), network(address)
        pair = self._digests.of("pair", account, place)
        wanted = {"pair": pair, "address": self._digests.of("address", place)}
        if not await self._is_familiar(pair):
            wanted["account"] = self._digests.of("account", account)
        counted = tuple(Bucket(f"{name}:{one}", self._rates[name]) for name, one in wanted.items())
        taken = await self._buckets.take(*counted)
        if taken.wait_s:
            problem = RateLimited("Too many passwords were tried; wait, or sign in from elsewhere.")
            problem.headers["Retry-After"] = str(taken.wait_s)
            raise problem
        return Try(pair, counted)

    async def forget(self, tried: Try) -> None:
        """No password was found wrong: it counts for nothing."""
        await self._buckets.give_back(*tried.counted)

    async def right(self, tried: Try) -> None:
        """The password was: earlier tries from there are forgotten, and the address is known."""
        await self.forget(tried)
        await self._buckets.empty(tried.counted[0])
        try:
            await self._redis.set(f"familiar:{tried.pair}", "1", ex=self._familiar_s)
        except (RedisError, OSError):
            return  # it will be, the next time

    async def _is_familiar(self, pair: str) -> bool:
        try:
            return bool(await self._redis.exists(f"familiar:{pair}"))
        except (RedisError, OSError):
            return False
