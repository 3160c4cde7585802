"""A user's webhook secret, and signatures made with it."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from sightline_contracts import ids
from sightline_contracts.answers import problems

from user_service.models import UserId, WebhookSecret, WebhookSignature
from user_service.wiring import Wiring

ONE = "/v1/users/{user_id}"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["webhooks"])

    @router.get(
        ONE + "/webhook-secret", operation_id="webhook_secret", responses=problems(404, 422, 503)
    )
    async def webhook_secret(user_id: UserId) -> WebhookSecret:
        await wiring.users.existing(user_id)
        return WebhookSecret(secret=wiring.webhook_secrets.of(user_id))

    @router.post(
        ONE + "/webhook-signatures", operation_id="sign_webhook", responses=problems(413, 422)
    )
    async def sign_webhook(
        user_id: UserId,
        request: Request,
        message_id: Annotated[str, Header(alias="webhook-id", pattern=ids.MESSAGE_ID)],
        timestamp: Annotated[int, Header(alias="webhook-timestamp", ge=0)],
    ) -> WebhookSignature:
        """Of the body as it came, for the headers of the message that is to be sent."""
        body = await request.body()
        signature = wiring.webhook_secrets.sign(user_id, message_id, timestamp, body)
        return WebhookSignature(signature=signature)

    return router
