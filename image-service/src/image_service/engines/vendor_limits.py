"""What all workers know of a vendor, in Redis: when it may be asked next, and that it is off."""

import json
from collections.abc import Iterable
from typing import Literal

from sightline_contracts import redis_client

Kind = Literal["unavailable", "unwilling"]

# The generic cell rate algorithm (ITU-T I.371) without a burst: calls are spread evenly, so that no
# second has more than its number. A turn too far away is not taken.
_TURN = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local turn = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = turn - now
if wait > tonumber(ARGV[2]) then return '-1' end
redis.call('SET', KEYS[1], string.format('%.6f', turn + ARGV[1]), 'EX', math.ceil(wait + ARGV[1]) + 1)
return string.format('%.6f', wait)
"""


class Off(Exception):
    """It is not asked for a while. `kind`: what it said when it was switched off."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class VendorLimits:
    """Raises redis.exceptions.RedisError and OSError on trouble."""

    def __init__(self, url: str) -> None:
        self._redis = redis_client.connect(url, socket_timeout=2, decode_responses=True)
        self._turn = self._redis.register_script(_TURN)

    async def close(self) -> None:
        await self._redis.aclose()

    async def turn(self, engine: str, calls_per_second: float, at_most_s: float) -> float | None:
        """Seconds until this caller's turn, which is then taken; None when it would come later
        than `at_most_s`."""
        wait = float(
            await self._turn(
                keys=[f"engines:{engine}:turn"], args=[1 / calls_per_second, at_most_s]
            )
        )
        return None if wait < 0 else wait

    async def check(self, engine: str, operation: str) -> None:
        """Raises Off."""
        for found in await self._redis.mget(_key(engine), _key(engine, operation)):
            if found is not None:
                raise _said(found)

    async def switch_off(
        self, engine: str, operation: str | None, kind: Kind, reason: str, seconds: float
    ) -> None:
        """For all of its operations where none is named."""
        value = json.dumps({"kind": kind, "reason": reason})
        await self._redis.set(_key(engine, operation), value, px=int(seconds * 1000))

    async def reasons(self, engine: str, operations: Iterable[str]) -> dict[str, str]:
        """Why it is off, by operation; "*" for all."""
        names = [None, *operations]
        found = await self._redis.mget([_key(engine, name) for name in names])
        return {
            name or "*": str(_said(value))
            for name, value in zip(names, found, strict=True)
            if value is not None
        }


def _key(engine: str, operation: str | None = None) -> str:
    return ":".join(part for part in ("engines", engine, operation, "off") if part)


def _said(text: str | bytes) -> Off:
    """By whichever version switched it off. Without a kind that is known here it is away, which is
    the milder of the two: the analysis waits, or goes to the next."""
    try:
        said = json.loads(text)
    except ValueError:
        said = {}
    told = said if isinstance(said, dict) else {}
    kind: Kind = "unwilling" if told.get("kind") == "unwilling" else "unavailable"
    return Off(kind, str(told.get("reason", "")))
