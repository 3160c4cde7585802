"""Batches, as the gateway makes and shows them."""

from fastapi import APIRouter, status
from sightline_contracts.answers import problems

from result_service.models.base import UserId
from result_service.models.batches import Batch, BatchId, BatchRecord
from result_service.routes.dependencies import USER, BatchesPart

BATCH = USER + "/batches/{batch_id}"

router = APIRouter(tags=["batches"])


@router.put(BATCH, operation_id="begin_batch", responses=problems(404, 413, 422, 503))
async def begin_batch(
    batches: BatchesPart, user_id: UserId, batch_id: BatchId, record: BatchRecord
) -> BatchRecord:
    """Keep a batch before its members are accepted. Answers the record that stands."""
    return await batches.begin(user_id, batch_id, record)


@router.post(
    BATCH + "/settlement",
    operation_id="settle_batch",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(413, 422, 503),
)
async def settle_batch(
    batches: BatchesPart, user_id: UserId, batch_id: BatchId, record: BatchRecord
) -> None:
    """Replace the record after some members were not accepted."""
    await batches.settle(user_id, batch_id, record)


@router.get(BATCH, operation_id="get_batch", responses=problems(404, 422, 503))
async def get_batch(batches: BatchesPart, user_id: UserId, batch_id: BatchId) -> Batch:
    return await batches.find(user_id, batch_id)
