"""Accounts and their API keys."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, status
from sightline_contracts.answers import problems
from sightline_contracts.problems import InvalidRequest

from user_service.models import (
    AccountChange,
    ApiKey,
    ApiKeyId,
    ApiKeyPage,
    ApiKeyRequest,
    KeyHolder,
    NewApiKey,
    PresentedKey,
    PresentedSignature,
    SignUp,
    User,
    UserId,
)
from user_service.users import public
from user_service.wiring import Wiring

ONE = "/v1/users/{user_id}"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["users"])
    users, api_keys = wiring.users, wiring.api_keys
    common = problems(404, 422, 503)

    @router.post(
        "/v1/users", operation_id="sign_up", status_code=status.HTTP_201_CREATED,
        responses=problems(409, 415, 422, 503),
    )  # fmt: skip
    async def sign_up(wanted: SignUp) -> User:
        made = await users.sign_up(wanted.email, wanted.password, wanted.display_name)
        return User.model_validate(made)

    @router.get(ONE, operation_id="get_user", responses=common)
    async def get_user(user_id: UserId) -> User:
        return User.model_validate(public(await users.existing(user_id)))

    @router.patch(ONE, operation_id="change_user", responses=problems(403, 404, 415, 422, 503))
    async def change_user(user_id: UserId, change: AccountChange) -> User:
        """A changed password ends every session."""
        if change.password is not None:
            if change.current_password is None:
                detail = "is needed for a new password"
                raise InvalidRequest(errors=[{"pointer": "/current_password", "detail": detail}])
            await users.change_password(user_id, change.current_password, change.password)
            await wiring.sessions.revoke_all(user_id)
        if "display_name" in change.model_fields_set:
            await users.rename(user_id, change.display_name)
        return await get_user(user_id)

    @router.delete(
        ONE, operation_id="delete_user", status_code=status.HTTP_204_NO_CONTENT, responses=common
    )
    async def delete_user(user_id: UserId) -> None:
        await users.delete(user_id)

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
        ONE + "/api-keys", operation_id="make_api_key", status_code=status.HTTP_201_CREATED,
        responses=problems(404, 415, 422, 503),
    )  # fmt: skip
    async def make_api_key(user_id: UserId, wanted: ApiKeyRequest) -> NewApiKey:
        made = await api_keys.make(
            user_id, wanted.name, list(wanted.scopes), _moment(wanted.expires_at)
        )
        return NewApiKey.model_validate(made)

    @router.delete(
        ONE + "/api-keys/{key_id}", operation_id="delete_api_key",
        status_code=status.HTTP_204_NO_CONTENT, responses=common,
    )  # fmt: skip
    async def delete_api_key(user_id: UserId, key_id: ApiKeyId) -> None:
        await api_keys.delete(user_id, key_id)

    @router.post(
        "/v1/api-keys/verify", operation_id="verify_api_key",
        responses=problems(401, 415, 422, 503),
    )  # fmt: skip
    async def verify_api_key(presented: PresentedKey) -> KeyHolder:
        return KeyHolder.model_validate(await api_keys.verify(presented.key))

    @router.post(
        "/v1/api-keys/verify-signature", operation_id="verify_signature",
        responses=problems(401, 415, 422, 503),
    )  # fmt: skip
    async def verify_signature(presented: PresentedSignature) -> KeyHolder:
        """The secret stays here: who asks learns whether it made this signature, and whose it is."""
        return KeyHolder.model_validate(await api_keys.verify_signature(presented))

    return router


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        detail = "must be a time with an offset (RFC 3339)"
        raise InvalidRequest(errors=[{"pointer": "/expires_at", "detail": detail}])
    return moment
