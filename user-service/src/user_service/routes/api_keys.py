"""API keys, for their owners and for those who check them."""

from datetime import UTC, datetime

from fastapi import APIRouter, Depends, status
from sightline_contracts.answers import problems
from sightline_contracts.problems import InvalidRequest

from user_service import caller
from user_service.caller import UsedCredential
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
from user_service.routes.dependencies import USER, ApiKeysPart, Cursor, Limit

router = APIRouter(tags=["users"], dependencies=[Depends(caller.remember)])


@router.get(f"{USER}/api-keys", operation_id="list_api_keys", responses=problems(404, 422, 503))
async def list_api_keys(
    api_keys: ApiKeysPart, user_id: UserId, limit: Limit = 20, cursor: Cursor = None
) -> ApiKeyPage:
    """Newest first."""
    items, next_cursor = await api_keys.list(user_id, limit, cursor)
    page = [ApiKey.model_validate(item) for item in items]
    return ApiKeyPage(items=page, next_cursor=next_cursor)


@router.post(
    f"{USER}/api-keys",
    operation_id="make_api_key",
    status_code=status.HTTP_201_CREATED,
    responses=problems(404, 415, 422, 503),
)
async def make_api_key(
    api_keys: ApiKeysPart, user_id: UserId, key_request: ApiKeyRequest, used: UsedCredential
) -> NewApiKey:
    """It may no more than the credential that asks for it, and ends no later."""
    end = _moment(key_request.expires_at)
    key = await api_keys.make(user_id, key_request.name, list(key_request.scopes), end, used)
    return NewApiKey.model_validate(key)


@router.delete(
    f"{USER}/api-keys/{{key_id}}",
    operation_id="delete_api_key",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404, 422, 503),
)
async def delete_api_key(api_keys: ApiKeysPart, user_id: UserId, key_id: ApiKeyId) -> None:
    await api_keys.delete(user_id, key_id)


@router.post(
    f"{USER}/api-keys/{{key_id}}/rotation",
    operation_id="rotate_api_key",
    status_code=status.HTTP_201_CREATED,
    responses=problems(404, 415, 422, 503),
)
async def rotate_api_key(
    api_keys: ApiKeysPart,
    user_id: UserId,
    key_id: ApiKeyId,
    rotation: Rotation,
    used: UsedCredential,
) -> NewApiKey:
    """A new key in its place; the old one goes on for a while."""
    key = await api_keys.rotate(user_id, key_id, rotation.overlap_s, used)
    return NewApiKey.model_validate(key)


@router.post(
    "/v1/api-keys/verify", operation_id="verify_api_key", responses=problems(401, 415, 422, 503)
)
async def verify_api_key(api_keys: ApiKeysPart, presented: PresentedKey) -> KeyHolder:
    return KeyHolder.model_validate(await api_keys.verify(presented.key))


@router.post(
    "/v1/api-keys/verify-signature",
    operation_id="verify_signature",
    responses=problems(401, 415, 422, 503),
)
async def verify_signature(api_keys: ApiKeysPart, presented: PresentedSignature) -> KeyHolder:
    """The secret stays here: who asks learns whether it made this signature, and whose it is."""
    return KeyHolder.model_validate(await api_keys.verify_signature(presented))


@router.get("/v1/api-keys/{key_id}", operation_id="find_api_key", responses=problems(401, 422, 503))
async def find_api_key(api_keys: ApiKeysPart, key_id: ApiKeyId) -> KeyHolder:
    """Whether there is such a key, before a request is read that says to be signed with it."""
    return KeyHolder.model_validate(await api_keys.find(key_id))


def _moment(text: str | None) -> datetime | None:
    """Raises InvalidRequest."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)  # an offset may put it outside of the calendar
    except (ValueError, OverflowError):
        pass
    detail = "must be a time with an offset (RFC 3339)"
    raise InvalidRequest(errors=[{"pointer": "/expires_at", "detail": detail}])
