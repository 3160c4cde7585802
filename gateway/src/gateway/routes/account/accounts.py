"""Sign-up, the account, its keys and its bill: user-service answers, the gateway checks the caller."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, status
from fastapi.responses import JSONResponse

from gateway.admission.client import client_address, client_headers
from gateway.models.accounts import (
    AccountChange,
    ApiKeyPage,
    ApiKeyRequest,
    NewApiKey,
    SignUp,
    Usage,
    User,
    WebhookSecret,
)
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import (
    NO_STORE,
    ApiKeyId,
    Cursor,
    Limit,
    Limiter,
    Owner,
    ProfilePart,
    Users,
    query,
)

ME = problems(401, 403, 404, 422, 429, 502, 503, 504)

router = APIRouter(tags=["account"])


@router.post(
    "/v1/users",
    operation_id="sign_up",
    summary="Sign up",
    status_code=status.HTTP_201_CREATED,
    response_model=User,
    responses=problems("email-taken", 415, 422, 429, 502, 503, 504),
)
async def sign_up(users: Users, limiter: Limiter, account: SignUp, request: Request) -> Response:
    """The password has 8 to 128 characters."""
    await limiter.hit_address(client_address(request))
    answer = await users.sign_up(account.model_dump(), client_headers(request))
    return answer.response({"Location": "/v1/me", **NO_STORE})


@router.get(
    "/v1/me", operation_id="get_me", summary="Get the account", response_model=User, responses=ME
)
async def get_me(users: Users, owner: Owner) -> Response:
    """Who the credentials belong to, with scopes, quota and budget."""
    return (await users.get_user(owner.user_id)).response()


@router.patch(
    "/v1/me",
    operation_id="change_me",
    summary="Change the account",
    response_model=User,
    responses={**ME, **problems(415, 403, "wrong-password")},
)
async def change_me(
    profile: ProfilePart, request: Request, owner: Owner, change: AccountChange
) -> Response:
    """A new password ends all other sessions; who guesses the current one is slowed down."""
    changes, client = change.model_dump(exclude_unset=True), client_headers(request, owner)
    answer = await profile.change(owner.user_id, changes, client_address(request), client)
    return answer.response()


@router.delete(
    "/v1/me",
    operation_id="delete_me",
    summary="Delete the account",
    status_code=status.HTTP_202_ACCEPTED,
    responses=ME,
)
async def delete_me(profile: ProfilePart, owner: Owner) -> None:
    """Remove the user, keys, sessions, images and results. The images are marked first: if
    the account cannot be removed now, asking again does the rest."""
    await profile.delete(owner.user_id)


@router.get(
    "/v1/me/api-keys",
    operation_id="list_api_keys",
    summary="List API keys",
    response_model=ApiKeyPage,
    responses=ME,
)
async def list_api_keys(
    users: Users, owner: Owner, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """Newest first."""
    params = query(limit=limit, cursor=cursor)
    return (await users.list_of(owner.user_id, "api-keys", params)).response()


@router.post(
    "/v1/me/api-keys",
    operation_id="make_api_key",
    summary="Make an API key",
    status_code=status.HTTP_201_CREATED,
    response_model=NewApiKey,
    responses={**ME, **problems(415)},
)
async def make_api_key(
    users: Users, request: Request, owner: Owner, api_key: ApiKeyRequest
) -> Response:
    """With scopes of one's own, and an end if wanted. `key` is shown in this answer alone."""
    client = client_headers(request, owner)
    answer = await users.make_api_key(owner.user_id, api_key.model_dump(exclude_none=True), client)
    return answer.response(NO_STORE)


@router.delete(
    "/v1/me/api-keys/{api_key_id}",
    operation_id="delete_api_key",
    summary="Delete an API key",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=ME,
)
async def delete_api_key(
    users: Users, request: Request, owner: Owner, api_key_id: ApiKeyId
) -> None:
    """It is refused everywhere within 30 seconds."""
    await users.delete_api_key(owner.user_id, api_key_id, client_headers(request, owner))


@router.get(
    "/v1/me/webhook-secret",
    operation_id="webhook_secret",
    summary="Get the secret of webhooks",
    response_model=WebhookSecret,
    responses=ME,
)
async def webhook_secret(users: Users, owner: Owner) -> Response:
    """What webhook messages are signed with."""
    return (await users.webhook_secret(owner.user_id)).response(NO_STORE)


@router.get(
    "/v1/me/usage",
    operation_id="usage",
    summary="Get the bill of a month",
    response_model=Usage,
    responses=ME,
)
async def usage(
    profile: ProfilePart,
    owner: Owner,
    month: Annotated[str | None, Query(pattern=r"^2\d{3}-(0[1-9]|1[0-2])$")] = None,
    limit: Limit = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Totals, a line per analysis, what is left of the quota, and how much of the storage for images is taken."""
    params = query(month=month, limit=limit, cursor=cursor)
    return JSONResponse(await profile.usage(owner.user_id, params), headers=NO_STORE)
