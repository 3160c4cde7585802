"""API keys, for their owners and for those who check them."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, status
from sightline_contracts.answers import problems
from sightline_contracts.problems import InvalidRequest

from user_service import caller
from user_service.caller import Used
from user_service.models import (
    ApiKey,
    ApiKeyId,
    ApiKeyPage,
    ApiKeyRequest,
    KeyHolder,
    NewApiKey,
    PresentedKey,
    PresentedSignature,
    Rotation,
    UserId,
)
from user_service.wiring import Wiring

ONE = "/v1/users/{user_id}"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["users"], dependencies=[Depends(caller.told)])
    api_keys = wiring.api_keys
    common = problems(404, 422, 503)

    @router.get(ONE + "/api-keys", operation_id="list_api_keys", responses=common)
    async def list_api_keys(
        user_id: UserId,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
    ) -> ApiKeyPage:
        """Newest first."""
        items, following = await api_keys.list(user_id, limit, cursor)
        found = [ApiKey.model_validate(item) for item in items]
        return ApiKeyPage(items=found, next_cursor=following)

    @router.post(
        ONE + "/api-keys",
        operation_id="make_api_key",
        status_code=status.HTTP_201_CREATED,
        responses=problems(404, 415, 422, 503),
    )
    async def make_api_key(user_id: UserId, wanted: ApiKeyRequest, used: Used) -> NewApiKey:
        """It may no more than the credential that asks for it, and ends no later."""
        made = await api_keys.make(
            user_id, wanted.name, list(wanted.scopes), _moment(wanted.expires_at), used
        )
        return NewApiKey.model_validate(made)

    @router.delete(
        ONE + "/api-keys/{key_id}",
        operation_id="delete_api_key",
        status_code=status.HTTP_204_NO_CONTENT,
        responses=common,
    )
    async def delete_api_key(user_id: UserId, key_id: ApiKeyId) -> None:
        await api_keys.delete(user_id, key_id)

    @router.post(
        ONE + "/api-keys/{key_id}/rotation",
        operation_id="rotate_api_key",
        status_code=status.HTTP_201_CREATED,
        responses=problems(404, 415, 422, 503),
    )
    async def rotate_api_key(
        user_id: UserId, key_id: ApiKeyId, wanted: Rotation, used: Used
    ) -> NewApiKey:
        """A new key in its place; the old one goes on for a while."""
        made = await api_keys.rotate(user_id, key_id, wanted.overlap_s, used)
        return NewApiKey.model_validate(made)

    @router.post(
        "/v1/api-keys/verify",
        operation_id="verify_api_key",
        responses=problems(401, 415, 422, 503),
    )
    async def verify_api_key(presented: PresentedKey) -> KeyHolder:
        return KeyHolder.model_validate(await api_keys.verify(presented.key))

    @router.post(
        "/v1/api-keys/verify-signature",
        operation_id="verify_signature",
        responses=problems(401, 415, 422, 503),
    )
    async def verify_signature(presented: PresentedSignature) -> KeyHolder:
        """The secret stays here: who asks learns whether it made this signature, and whose it is."""
        return KeyHolder.model_validate(await api_keys.verify_signature(presented))

    @router.get(
        "/v1/api-keys/{key_id}", operation_id="find_api_key", responses=problems(401, 422, 503)
    )
    async def find_api_key(key_id: ApiKeyId) -> KeyHolder:
        """Whether there is such a key, before a request is read that says to be signed with it."""
        return KeyHolder.model_validate(await api_keys.known(key_id))

    return router


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)  # which its offset may put outside of the calendar
    except (ValueError, OverflowError):
        pass
    detail = "must be a time with an offset (RFC 3339)"
    raise InvalidRequest(errors=[{"pointer": "/expires_at", "detail": detail}])
