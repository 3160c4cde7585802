"""The work queues, for whoever watches them or starts workers."""

from fastapi import APIRouter
from sightline_contracts.answers import problems

from result_service.models.queues import QueuesReport
from result_service.routes.dependencies import QueuesPart

router = APIRouter(tags=["function"])


@router.get("/v1/queues", operation_id="list_queues", responses=problems(503))
async def list_queues(queues: QueuesPart) -> QueuesReport:
    """Each queue, and what its workers do."""
    return await queues.report()
