"""What the function may use and what it does, for the gateway to show."""

from fastapi import APIRouter
from pydantic import BaseModel
from redis.exceptions import RedisError
from sightline_contracts import events, loader
from sightline_contracts.answers import problems
from sightline_contracts.problems import Unavailable

from image_service.engines.port import LOCAL
from image_service.wiring import Wiring

OPERATIONS: list[str] = loader.event_schema(events.REQUESTED)["properties"]["input"]["properties"][
    "operations"
]["items"]["enum"]


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


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["function"])

    @router.get("/v1/function", operation_id="get_function", responses=problems(503))
    async def get_function() -> FunctionState:
        """As this worker has it in force, and what all of them do."""
        now = wiring.control.now
        try:
            depths = [await lane.stream.depth() for lane in wiring.lanes]
            workers = await wiring.ordinary.stream.workers()
        except (RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.") from error
        total = {
            name: int(sum(one.get(name, 0) for one in workers))
            for name in ("warm", "busy", "cold_starts")
        }
        return FunctionState(
            memory_mb=now.memory_mb,
            timeout_s=now.timeout_s,
            reserved_concurrency=now.reserved_concurrency,
            max_attempts=now.max_attempts,
            max_event_age_s=now.max_event_age_s,
            live=Live(
                instances=total["warm"] + total["busy"],
                queue_depth=sum(depth.waiting + depth.delayed for depth in depths),
                oldest_age_s=round(max(depth.oldest_age_s for depth in depths), 3),
                **total,
            ),
        )

    @router.get("/v1/engines", operation_id="list_engines", responses=problems(503))
    async def list_engines() -> Engines:
        """Who can do what, and whom nobody asks for now."""
        vendors = wiring.vendors
        try:
            off = await vendors.off()
        except (RedisError, OSError) as error:
            raise Unavailable("Redis does not answer.") from error
        here = EngineState(name=LOCAL, operations=sorted(OPERATIONS), off={})
        return Engines(
            engines=[
                here,
                *(
                    EngineState(name=name, operations=sorted(one.operations), off=off[name])
                    for name, one in vendors.engines.items()
                ),
            ]
        )

    return router
