"""Which engines are configured is image-service's to know: it has their credentials."""

import asyncio
import time

from sightline_contracts.problems import Problem

from gateway.errors import ContractViolation, OperationUnavailable
from gateway.models.analyses import EngineState
from gateway.upstream.client import STATE_WITHIN_S, Upstream

ALWAYS = frozenset({"auto", "local"})
KEPT_S = 5.0
PATH = "/v1/engines"


class Engines:
    """What was heard is kept for KEPT_S, so that a batch asks once."""

    def __init__(self, images: Upstream) -> None:
        self._images = images
        self._names: frozenset[str] = frozenset()
        self._heard_at = float("-inf")

    async def require(self, name: str) -> None:
        """Raises OperationUnavailable for an engine that is not configured, and what a call does:
        nobody is asked for those that always are."""
        if name in ALWAYS:
            return
        if time.monotonic() - self._heard_at > KEPT_S:
            self._names = frozenset(one.name for one in await self._ask())
            self._heard_at = time.monotonic()
        if name not in self._names:
            raise OperationUnavailable(
                f"The engine {name} is not configured.",
                errors=[{"pointer": "/engine", "detail": "not configured"}],
            )

    async def states(self) -> list[EngineState]:
        """None where image-service does not answer soon: the status page says that of it anyway."""
        try:
            async with asyncio.timeout(STATE_WITHIN_S):
                return await self._ask()
        except (Problem, TimeoutError):
            return []

    async def _ask(self) -> list[EngineState]:
        try:
            found = (await self._images.call("GET", PATH)).json()
        except ContractViolation:
            return []  # a version from before it could be asked has no vendors
        return [EngineState.model_validate(one) for one in found["engines"]]
