"""Webhook deliveries, for the workers that send them."""

from typing import Annotated

from fastapi import APIRouter, Path, status
from sightline_contracts import ids
from sightline_contracts.answers import problems

from result_service.models.deliveries import WebhookMessages
from result_service.routes.dependencies import Limit, WebhooksPart

DELIVERIES = "/v1/webhook-deliveries"
DeliveryId = Annotated[str, Path(pattern=rf"^\d{{15}}-{ids.ANALYSIS_ID.strip('^')}")]

router = APIRouter(tags=["webhooks"])


@router.post(DELIVERIES + "/receive", operation_id="receive_webhooks", responses=problems(422, 503))
async def receive_webhooks(webhooks: WebhooksPart, limit: Limit = 10) -> WebhookMessages:
    """Messages that are due, signed. Each comes again later unless it is deleted."""
    return WebhookMessages(messages=await webhooks.receive(limit))


@router.delete(
    DELIVERIES + "/{delivery_id}",
    operation_id="delete_webhook",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(422, 503),
)
async def delete_webhook(webhooks: WebhooksPart, delivery_id: DeliveryId) -> None:
    await webhooks.delete(delivery_id)
