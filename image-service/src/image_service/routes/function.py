"""What the function may use and what it does, for the gateway to show."""

from fastapi import APIRouter
from pydantic import BaseModel
from redis.exceptions import RedisError
from sightline_contracts.answers import problems
from sightline_contracts.problems import Unavailable

from image_service.engines.port import LOCAL
from image_service.routes.dependencies import (
    ActivityPart,
    ControlPart,
    Operations,
    VendorsPart,
)

router = APIRouter(tags=["function"], responses=problems(503))


class Live(BaseModel):
    """Of all workers and queues together. `oldest_age_s`: of the oldest message that has not ended."""

    instances: int
    warm: int
    busy: int
    queue_depth: int
    oldest_age_s: float
    cold_starts: int


class FunctionState(BaseModel):
    """`reserved_concurrency` is null where nobody has set it."""

    memory_mb: int
    timeout_s: float
    reserved_concurrency: int | None
    max_attempts: int
    max_event_age_s: float
    live: Live


class EngineState(BaseModel):
    """`off`: why nobody asks it for now, by operation; "*" for all of them."""

    name: str
    operations: list[str]
    off: dict[str, str]


class Engines(BaseModel):
    """Those that are configured; the one here always is."""

    engines: list[EngineState]


@router.get("/v1/function", operation_id="get_function")
async def get_function(control: ControlPart, reader: ActivityPart) -> FunctionState:
    """As this worker has it in force, and what all of them do."""
    try:
        activity = await reader.read()
    except (RedisError, OSError) as error:
        raise Unavailable("Redis does not answer.") from error
    settings = control.now
    return FunctionState(
        memory_mb=settings.memory_mb,
        timeout_s=settings.timeout_s,
        reserved_concurrency=settings.reserved_concurrency,
        max_attempts=settings.max_attempts,
        max_event_age_s=settings.max_event_age_s,
        live=Live(
            instances=activity.warm + activity.busy,
            warm=activity.warm,
            busy=activity.busy,
            queue_depth=activity.queue_depth,
            oldest_age_s=activity.oldest_age_s,
            cold_starts=activity.cold_starts,
        ),
    )


@router.get("/v1/engines", operation_id="list_engines")
async def list_engines(vendors: VendorsPart, operations: Operations) -> Engines:
    """Who can do what, and whom nobody asks for now."""
    try:
        off = await vendors.off()
    except (RedisError, OSError) as error:
        raise Unavailable("Redis does not answer.") from error
    local = EngineState(name=LOCAL, operations=list(operations), off={})
    configured = [
        EngineState(name=name, operations=sorted(engine.operations), off=off[name])
        for name, engine in vendors.engines.items()
    ]
    return Engines(engines=[local, *configured])
