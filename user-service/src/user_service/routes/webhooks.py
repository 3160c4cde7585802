"""A user's webhook secret, and signatures made with it."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from sightline_contracts import ids
from sightline_contracts.answers import problems

from user_service.models import UserId, WebhookSecret, WebhookSignature
from user_service.routes.dependencies import USER, UsersPart, WebhookSecretsPart

router = APIRouter(tags=["webhooks"])


@router.get(
    f"{USER}/webhook-secret", operation_id="webhook_secret", responses=problems(404, 422, 503)
)
async def webhook_secret(
    users: UsersPart, secrets: WebhookSecretsPart, user_id: UserId
) -> WebhookSecret:
    await users.existing(user_id)
    return WebhookSecret(secret=secrets.of(user_id))


@router.post(
    f"{USER}/webhook-signatures", operation_id="sign_webhook", responses=problems(413, 422)
)
async def sign_webhook(
    secrets: WebhookSecretsPart,
    user_id: UserId,
    request: Request,
    message_id: Annotated[str, Header(alias="webhook-id", pattern=ids.MESSAGE_ID)],
    timestamp: Annotated[int, Header(alias="webhook-timestamp", ge=0)],
) -> WebhookSignature:
    """Of the body as it came, for the headers of the message that is to be sent."""
    body = await request.body()
    return WebhookSignature(signature=secrets.sign(user_id, message_id, timestamp, body))
