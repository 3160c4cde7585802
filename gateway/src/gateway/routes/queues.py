"""The work queues, for whoever watches them or starts workers."""

from fastapi import APIRouter

from gateway.models.operations import QueueList
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import ERRORS, Observer, Results

router = APIRouter(tags=["operations"])


@router.get(
    "/v1/queues",
    operation_id="list_queues",
    summary="List the work queues",
    responses=problems(*ERRORS),
)
async def list_queues(results: Results, _observer: Observer) -> QueueList:
    """How much work waits and for how long, and what the workers do, by queue. Also where there is no worker.
    An admin's key needs no other scope than `metrics:read`."""
    return QueueList.model_validate((await results.list_queues()).json())
