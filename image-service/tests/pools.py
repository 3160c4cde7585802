"""A pool of instances, without a queue."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from sightline_contracts.supervisor import Supervisor

from image_service.instances.pool import Instances, PoolSettings
from image_service.upstream.function_settings import FunctionControl, FunctionSettings
from image_service.upstream.results import ResultService

USER = "us_1"
TIMEOUT_S = 3.0


@contextlib.asynccontextmanager
async def pool(**changes: Any) -> AsyncIterator[Instances]:
    given = {
        "cap": 2,
        "timeout_s": TIMEOUT_S,
        "memory_mb": 512,
        "idle_s": 60,
        "server_idle_s": 60,
        "function": "poison",
        **changes,
    }
    function = FunctionSettings(given.pop("memory_mb"), given.pop("timeout_s"), 3, 3600.0, (1.0,))
    settings = PoolSettings(queue="ordinary", models_dir=None, **given)
    instances = Instances(settings, FunctionControl(ResultService(""), function), Supervisor())
    await instances.open()
    try:
        yield instances
    finally:
        await instances.close()
