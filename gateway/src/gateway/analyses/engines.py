"""The engines that image-service has credentials for."""

import asyncio
import time

from sightline_contracts.problems import Problem

from gateway.errors import ContractViolation, OperationUnavailable
from gateway.models.operations import EngineState
from gateway.upstream.client import STATE_WITHIN_S
from gateway.upstream.images import ImageService

ALWAYS = frozenset({"auto", "local"})
KEPT_S = 5.0


class Engines:
    """The list is kept for KEPT_S, so that a batch asks once."""

    def __init__(self, images: ImageService) -> None:
        self._images = images
        self._names: frozenset[str] = frozenset()
        self._heard_at = float("-inf")

    async def require(self, name: str) -> None:
        """Raises OperationUnavailable for an engine that is not configured, and what a call does.
        `auto` and `local` are always there, so nothing is asked for them."""
        if name in ALWAYS:
            return
        if time.monotonic() - self._heard_at > KEPT_S:
            self._names = frozenset(engine.name for engine in await self._ask())
            self._heard_at = time.monotonic()
        if name not in self._names:
            raise OperationUnavailable(
                f"The engine {name} is not configured.",
                errors=[{"pointer": "/engine", "detail": "not configured"}],
            )

    async def states(self) -> list[EngineState]:
        """Empty while image-service does not answer, which the status page shows by itself."""
        try:
            async with asyncio.timeout(STATE_WITHIN_S):
                return await self._ask()
        except (Problem, TimeoutError):
            return []

    async def _ask(self) -> list[EngineState]:
        try:
            document = (await self._images.engines()).json()
        except ContractViolation:
            return []  # an older version without this operation has no vendors
        return [EngineState.model_validate(engine) for engine in document["engines"]]
