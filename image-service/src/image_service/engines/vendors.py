"""The configured vendors: which does which operation, how often it is called, and when it is off."""

import asyncio
import random
from collections.abc import Mapping, Sequence

import structlog
from prometheus_client import Counter
from redis.exceptions import RedisError

from image_service.engines.port import (
    AUTO,
    LOCAL,
    Busy,
    Engine,
    Rejected,
    Unavailable,
    Unwilling,
    VendorResult,
)
from image_service.engines.vendor_limits import Off, VendorLimits
from image_service.errors import SystemTrouble

TRIES, PAUSE_S = 2, 0.3
"""One further try; after it nobody asks for a while, so that a vendor in trouble gets no more than
that from each call under way."""
UNWILLING_OFF_S = 300.0
"""Then somebody may have paid, or mended the key: one call finds out."""
SLOW_OFF_S = 5.0
TURN_AT_MOST_S = 2.0
CALLS = Counter("engine_calls_total", "Calls of vendors.", ["engine", "operation", "outcome"])
_log = structlog.get_logger()


class NotConfigured(Exception):
    """No engine of this name is configured."""


class Vendors:
    """`order`: for an operation, the engines that `auto` asks one after the other; those that it
    does not name are done here. `timeout_s`: for a call with its further try and its wait."""

    def __init__(
        self,
        engines: Sequence[Engine],
        order: Mapping[str, tuple[str, ...]],
        limits: VendorLimits,
        timeout_s: float,
    ) -> None:
        self.engines = {engine.name: engine for engine in engines}
        self.order = {
            operation: self._known(operation, names) for operation, names in order.items()
        }
        self._limits = limits
        self._timeout_s = timeout_s

    async def open(self) -> None:
        for engine in self.engines.values():
            await engine.open()

    async def close(self) -> None:
        for engine in self.engines.values():
            await engine.close()
        await self._limits.close()

    def plan(self, engine: str, operation: str) -> tuple[str, ...]:
        """Who does it, and who does it if not. An engine that was named does what it can, and what
        it cannot is done here. Raises NotConfigured."""
        if engine == LOCAL:
            return (LOCAL,)
        if engine == AUTO:
            return self.order.get(operation, (LOCAL,))
        if engine not in self.engines:
            raise NotConfigured(engine)
        able = operation in self.engines[engine].operations
        return (engine, LOCAL) if able else (LOCAL,)

    async def ask(self, name: str, operation: str, picture: bytes) -> VendorResult:
        """Raises Unavailable, Busy, Unwilling, Rejected; SystemTrouble without Redis."""
        engine = self.engines[name]
        try:
            await self._limits.check(name, operation)
            return await self._asked(engine, operation, picture)
        except Off as off:
            CALLS.labels(name, operation, "off").inc()
            if off.kind == "unwilling":
                raise Unwilling(str(off)) from off
            raise Unavailable(str(off), 0) from off
        except Unavailable as error:
            await self._switch_off(name, None, error, error.off_s)
            raise
        except Unwilling as error:
            alone = operation if error.operation_alone else None
            await self._switch_off(name, alone, error, UNWILLING_OFF_S)
            raise
        except (RedisError, OSError) as error:
            raise SystemTrouble("Redis does not answer") from error

    async def off(self) -> dict[str, dict[str, str]]:
        """Why engines are off, by engine and operation ("*" for all). Raises RedisError, OSError."""
        return {
            name: await self._limits.reasons(name, sorted(engine.operations))
            for name, engine in self.engines.items()
        }

    async def _asked(self, engine: Engine, operation: str, picture: bytes) -> VendorResult:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._with_a_further_try(engine, operation, picture)
        except TimeoutError as error:
            CALLS.labels(engine.name, operation, "timeout").inc()
            raise Unavailable("It is too slow.", SLOW_OFF_S) from error

    async def _with_a_further_try(
        self, engine: Engine, operation: str, picture: bytes
    ) -> VendorResult:
        for number in range(1, TRIES + 1):
            await self._wait_for_turn(engine)
            try:
                result = await engine.find(operation, picture)
            except (Unavailable, Unwilling, Rejected) as error:
                CALLS.labels(engine.name, operation, type(error).__name__.lower()).inc()
                if number == TRIES or not _worth_another(error):
                    raise
            else:
                CALLS.labels(engine.name, operation, "found").inc()
                return result
            await asyncio.sleep(random.uniform(PAUSE_S / 2, PAUSE_S))  # noqa: S311
        raise AssertionError("the last try returns or raises")

    async def _wait_for_turn(self, engine: Engine) -> None:
        if engine.calls_per_second is None:
            return
        wait = await self._limits.turn(engine.name, engine.calls_per_second, TURN_AT_MOST_S)
        if wait is None:
            raise Busy("Its rate is used up.")
        await asyncio.sleep(wait)

    async def _switch_off(
        self, engine: str, operation: str | None, error: Unavailable | Unwilling, seconds: float
    ) -> None:
        unwilling = isinstance(error, Unwilling)
        _log.warning("engine_off", engine=engine, operation=operation, reason=str(error))
        try:
            await self._limits.switch_off(
                engine, operation, "unwilling" if unwilling else "unavailable", str(error), seconds
            )
        except (RedisError, OSError) as trouble:
            # The next call finds out by itself.
            _log.warning("engine_not_switched_off", engine=engine, error=type(trouble).__name__)

    def _known(self, operation: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Raises ValueError for an order that cannot be followed."""
        for name in names:
            if name != LOCAL and name not in self.engines:
                raise ValueError(f"ENGINE_ORDER: {name} has no credentials.")
            if name != LOCAL and operation not in self.engines[name].operations:
                raise ValueError(f"ENGINE_ORDER: {name} cannot do {operation}.")
        return names


def _worth_another(error: Exception) -> bool:
    match error:
        case Unavailable():
            return not error.throttled
        case Rejected():
            return error.ask_again
        case _:
            return False
