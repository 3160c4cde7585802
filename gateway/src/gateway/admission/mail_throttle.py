"""Bounds the mails that anybody can have sent: to one account, and from one client's network.

Accounts that do not exist are counted alike. Redis keeps keyed digests only.
"""

from dataclasses import dataclass

from gateway.admission.address_digests import AddressDigests, network
from gateway.admission.gcra import Bucket, Rate, RateCounter
from gateway.errors import RateLimited


@dataclass(frozen=True)
class MailLimits:
    """Mails an hour: to one account, and asked for from one client's network."""

    account: Rate
    address: Rate


class MailThrottle:
    """Raises RateLimited with Retry-After."""

    def __init__(self, counter: RateCounter, digests: AddressDigests, limits: MailLimits) -> None:
        self._counter = counter
        self._digests = digests
        self._limits = limits

    async def hit(self, account: str, address: str) -> None:
        """Count a mail before it is asked for. `account` is whatever names it; e-mail addresses that differ
        only in case are the same account."""
        named = self._digests.of("mailed", account.strip().lower())
        place = self._digests.of("mailing", network(address))
        taken = await self._counter.take(
            Bucket(f"mailed:{named}", self._limits.account),
            Bucket(f"mailing:{place}", self._limits.address),
        )
        if taken.wait_s:
            problem = RateLimited("Too many mails were asked for; look for those that have come.")
            problem.headers["Retry-After"] = str(taken.wait_s)
            raise problem
