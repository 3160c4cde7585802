"""Requests a minute: of each credential, and of each user over all of them. Every answer tells them.

Source of the headers: draft-ietf-httpapi-ratelimit-headers-10.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.admission.address_digests import AddressDigests, network
from gateway.admission.gcra import Bucket, Level, Rate, RateCounter
from gateway.errors import RateLimited

WINDOW_S = 60
_status: ContextVar["RateLimitStatus | None"] = ContextVar("rate_limit_status", default=None)


@dataclass(frozen=True)
class RateLimitStatus:
    """How near a caller is to its limits, by the name of each."""

    limits: Sequence[tuple[str, Rate, Level]]

    def headers(self) -> list[tuple[bytes, bytes]]:
        policy = ", ".join(
            f'"{name}";q={rate.amount};w={rate.per_s}' for name, rate, _ in self.limits
        )
        left = ", ".join(
            f'"{name}";r={level.left};t={level.rest_s}' for name, _, level in self.limits
        )
        return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]


class RateLimiter:
    """`per_minute` requests of one credential, of which all may come at once; a user has
    `user_factor` times as many. Raises RateLimited with Retry-After."""

    def __init__(
        self, counter: RateCounter, per_minute: int, user_factor: int, digests: AddressDigests
    ) -> None:
        self._counter = counter
        self._digests = digests
        single = Rate(per_minute, WINDOW_S, per_minute)
        user = Rate(per_minute * user_factor, WINDOW_S, per_minute * user_factor)
        self._rates = {"credential": single, "address": single, "user": user}

    async def hit(self, credential: str, user_id: str) -> None:
        """Count one request that came with a credential."""
        await self._count({"credential": credential, "user": user_id})

    async def weigh(self, credential: str, user_id: str, more: int) -> None:
        """Count `more` units for a request that was counted once and costs more than one: all of
        them, or none."""
        if more:
            await self._count({"credential": credential, "user": user_id}, more)

    async def hit_address(self, address: str) -> None:
        """Count one request that came without a credential, on the digest of its network."""
        await self._count({"address": self._digests.of("client", network(address))})

    async def _count(self, callers: dict[str, str], units: int = 1) -> None:
        buckets = [
            Bucket(f"{name}:{caller}", self._rates[name], units) for name, caller in callers.items()
        ]
        taken = await self._counter.take(*buckets)
        limits = [
            (name, self._rates[name], level)
            for name, level in zip(callers, taken.levels, strict=True)
        ]
        _status.set(RateLimitStatus(limits))
        if taken.wait_s:
            name, rate, _ = min(limits, key=lambda limit: limit[2].left)
            problem = RateLimited(f"At most {rate.amount} requests a minute for one {name}.")
            problem.headers["Retry-After"] = str(taken.wait_s)
            raise problem


class RateLimitHeaders:
    """ASGI middleware around the whole app: every counted caller is told its rate limit status."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _status.set(None)

        async def send_with_status(message: Message) -> None:
            status = _status.get()
            if message["type"] == "http.response.start" and status is not None:
                message = {**message, "headers": [*message["headers"], *status.headers()]}
            await send(message)

        await self._app(scope, receive, send_with_status if scope["type"] == "http" else send)
