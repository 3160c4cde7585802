"""Requests a minute: of each credential, and of each user over all of them. Told on every answer.

Source of the headers: draft-ietf-httpapi-ratelimit-headers-10.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.admission.address_digests import Digests, network
from gateway.admission.gcra import Bucket, Buckets, Level, Rate
from gateway.errors import RateLimited

WINDOW_S = 60
_standing: ContextVar["Standing | None"] = ContextVar("standing", default=None)


@dataclass(frozen=True)
class Standing:
    """How near a caller is to its limits, by the name of each."""

    limits: Sequence[tuple[str, Rate, Level]]

    def headers(self) -> list[tuple[bytes, bytes]]:
        policy = ", ".join(
            f'"{name}";q={rate.amount};w={rate.per_s}' for name, rate, _ in self.limits
        )
        left = ", ".join(f'"{name}";r={at.left};t={at.rest_s}' for name, _, at in self.limits)
        return [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]


class Limiter:
    """`per_minute` requests of one credential, of which all may come at once; a user has
    `user_factor` times as many. Raises RateLimited with Retry-After."""

    def __init__(
        self, buckets: Buckets, per_minute: int, user_factor: int, digests: Digests
    ) -> None:
        self._buckets = buckets
        self._digests = digests
        one = Rate(per_minute, WINDOW_S, per_minute)
        all_of_one = Rate(per_minute * user_factor, WINDOW_S, per_minute * user_factor)
        self._rates = {"credential": one, "address": one, "user": all_of_one}

    async def hit(self, credential: str, user_id: str) -> None:
        """Count one request that came with a credential."""
        await self._count({"credential": credential, "user": user_id})

    async def weigh(self, credential: str, user_id: str, more: int) -> None:
        """Count so many more for a request that was counted once and costs more than one: all of
        them, or none."""
        if more:
            await self._count({"credential": credential, "user": user_id}, more)

    async def hit_address(self, address: str) -> None:
        """Count one request that came without: on the network where it came from, by its digest."""
        await self._count({"address": self._digests.of("client", network(address))})

    async def _count(self, callers: dict[str, str], units: int = 1) -> None:
        buckets = [
            Bucket(f"{name}:{one}", self._rates[name], units) for name, one in callers.items()
        ]
        taken = await self._buckets.take(*buckets)
        limits = [
            (name, self._rates[name], level)
            for name, level in zip(callers, taken.levels, strict=True)
        ]
        _standing.set(Standing(limits))
        if taken.wait_s:
            name, rate, _ = min(limits, key=lambda one: one[2].left)
            problem = RateLimited(f"At most {rate.amount} requests a minute for one {name}.")
            problem.headers["Retry-After"] = str(taken.wait_s)
            raise problem


class RateLimitHeaders:
    """ASGI middleware around the whole app: whoever was counted is told how it stands."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _standing.set(None)

        async def told(message: Message) -> None:
            standing = _standing.get()
            if message["type"] == "http.response.start" and standing is not None:
                message = {**message, "headers": [*message["headers"], *standing.headers()]}
            await send(message)

        await self._app(scope, receive, told if scope["type"] == "http" else send)
