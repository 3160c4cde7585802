"""A vendor's state in Redis, for all workers: when the next call may go out, and that it is off."""

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
    """No worker calls the vendor for a while. `kind`: the failure that switched it off."""

    def __init__(self, kind: Kind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class VendorLimits:
    """Methods raise redis.exceptions.RedisError and OSError where Redis does not answer."""

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
        for state in await self._redis.mget(_key(engine), _key(engine, operation)):
            if state is not None:
                raise _read_off(state)

    async def switch_off(
        self, engine: str, operation: str | None, kind: Kind, reason: str, seconds: float
    ) -> None:
        """Switches the vendor off for one operation, or for all where `operation` is None."""
        value = json.dumps({"kind": kind, "reason": reason})
        await self._redis.set(_key(engine, operation), value, px=int(seconds * 1000))

    async def reasons(self, engine: str, operations: Iterable[str]) -> dict[str, str]:
        """Why the vendor is off, by operation; "*" stands for all."""
        names = [None, *operations]
        states = await self._redis.mget([_key(engine, name) for name in names])
        return {
            name or "*": str(_read_off(state))
            for name, state in zip(names, states, strict=True)
            if state is not None
        }


def _key(engine: str, operation: str | None = None) -> str:
    return ":".join(part for part in ("engines", engine, operation, "off") if part)


def _read_off(text: str | bytes) -> Off:
    """The state that any version wrote. A kind that this version does not know counts as unavailable,
    the milder of the two: the analysis waits, or goes to the next engine."""
    try:
        value = json.loads(text)
    except ValueError:
        value = {}
    state = value if isinstance(value, dict) else {}
    kind: Kind = "unwilling" if state.get("kind") == "unwilling" else "unavailable"
    return Off(kind, str(state.get("reason", "")))
