"""What belongs to a user rather than to one analysis."""

from typing import Annotated

from fastapi import APIRouter, Path, Response, status
from sightline_contracts.answers import problems

from result_service import idempotency, keys
from result_service.models import IdempotencyClaim, IdempotencyRecord, UserId
from result_service.wiring import Wiring


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["users"])

    @router.put(
        "/v1/users/{user_id}/idempotency-keys/{digest}",
        operation_id="claim_idempotency_key",
        status_code=status.HTTP_201_CREATED,
        responses={200: {"model": IdempotencyRecord}, **problems(422, 503)},
    )
    async def claim(
        user_id: UserId,
        digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
        wanted: IdempotencyClaim,
        response: Response,
    ) -> IdempotencyRecord:
        """Claim a key (its SHA-256). 200 with the standing record when it is taken."""
        record, made = await idempotency.claim(wiring.bucket, user_id, digest, wanted)
        response.status_code = status.HTTP_201_CREATED if made else status.HTTP_200_OK
        return record

    @router.delete(
        "/v1/users/{user_id}",
        operation_id="delete_user",
        status_code=status.HTTP_202_ACCEPTED,
        responses=problems(422, 503),
    )
    async def delete_user(user_id: UserId) -> None:
        """Everything of the user will be removed. The marker makes that survive a crash; the
        sweeper does the work."""
        await wiring.bucket.put(keys.deletion(user_id), b"{}")

    return router
