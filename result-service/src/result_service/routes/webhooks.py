"""Webhook deliveries, for those who send them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, status
from sightline_contracts import ids
from sightline_contracts.answers import problems

from result_service.models import WebhookMessages
from result_service.wiring import Wiring

ALL = "/v1/webhook-deliveries"
DeliveryId = Annotated[str, Path(pattern=rf"^\d{{15}}-{ids.ANALYSIS_ID.strip('^')}")]


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["webhooks"])

    @router.post(ALL + "/receive", operation_id="receive_webhooks", responses=problems(422, 503))
    async def receive_webhooks(
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
    ) -> WebhookMessages:
        """Messages that are due, signed; each comes again later unless it is deleted."""
        return WebhookMessages(messages=await wiring.webhooks.receive(limit))

    @router.delete(
        ALL + "/{delivery_id}",
        operation_id="delete_webhook",
        status_code=status.HTTP_204_NO_CONTENT,
        responses=problems(422, 503),
    )
    async def delete_webhook(delivery_id: DeliveryId) -> None:
        await wiring.webhooks.delete(delivery_id)

    return router
