"""Batches, as the gateway makes and shows them."""

from fastapi import APIRouter, status
from sightline_contracts.answers import problems

from result_service.models import Batch, BatchId, BatchRecord, UserId
from result_service.wiring import Wiring

ONE = "/v1/users/{user_id}/batches/{batch_id}"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["batches"])

    @router.put(ONE, operation_id="begin_batch", responses=problems(404, 413, 422, 503))
    async def begin_batch(user_id: UserId, batch_id: BatchId, record: BatchRecord) -> BatchRecord:
        """Before its members are accepted; answers the record that stands."""
        return await wiring.batches.begin(user_id, batch_id, record)

    @router.post(
        ONE + "/settlement",
        operation_id="settle_batch",
        status_code=status.HTTP_204_NO_CONTENT,
        responses=problems(413, 422, 503),
    )
    async def settle_batch(user_id: UserId, batch_id: BatchId, record: BatchRecord) -> None:
        """After its members were accepted, where some were not."""
        await wiring.batches.settle(user_id, batch_id, record)

    @router.get(ONE, operation_id="get_batch", responses=problems(404, 422, 503))
    async def get_batch(user_id: UserId, batch_id: BatchId) -> Batch:
        return await wiring.batches.find(user_id, batch_id)

    return router
