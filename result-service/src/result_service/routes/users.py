"""What belongs to a user rather than to one analysis."""

from typing import Annotated

from fastapi import APIRouter, Path, Response, status
from sightline_contracts.answers import problems

from result_service.models.accounts import IdempotencyAnswer, IdempotencyClaim
from result_service.models.base import UserId
from result_service.routes.dependencies import USER, IdempotencyPart, RemovalsPart

router = APIRouter(tags=["users"])


@router.put(
    USER + "/idempotency-keys/{digest}",
    operation_id="claim_idempotency_key",
    status_code=status.HTTP_201_CREATED,
    responses={200: {"model": IdempotencyAnswer}, **problems(422, 503)},
)
async def claim(
    idempotency_keys: IdempotencyPart,
    user_id: UserId,
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    claim: IdempotencyClaim,
    response: Response,
) -> IdempotencyAnswer:
    """Claim a key by its SHA-256. 200 with the standing record when the key is taken."""
    record, is_new = await idempotency_keys.claim(user_id, digest, claim)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    return record


@router.delete(
    USER,
    operation_id="delete_user",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(422, 503),
)
async def delete_user(removals: RemovalsPart, user_id: UserId) -> None:
    """Have everything of the user removed. The sweeper does it, even after a crash."""
    await removals.begin_account(user_id)
