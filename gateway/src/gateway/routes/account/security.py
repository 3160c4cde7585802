"""The user's sessions, what happened to the account, and API keys that are rotated."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response, status
from sightline_contracts import ids

from gateway.admission.client import client_headers
from gateway.models.accounts import NewApiKey, Rotation, SecurityEventPage, SessionPage
from gateway.problem_types.answers import problems
from gateway.routes.account.accounts import ME
from gateway.routes.dependencies import NO_STORE, ApiKeyId, Cursor, Limit, Owner, Users, query

SessionId = Annotated[str, Path(pattern=ids.SESSION_ID)]

router = APIRouter(tags=["account"])


@router.get(
    "/v1/me/sessions",
    operation_id="list_sessions",
    summary="List sessions",
    response_model=SessionPage,
    responses=ME,
)
async def list_sessions(
    users: Users, request: Request, owner: Owner, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """Newest first."""
    params = query(limit=limit, cursor=cursor)
    client = client_headers(request, owner)
    return (await users.list_of(owner.user_id, "sessions", params, client)).response()


@router.delete(
    "/v1/me/sessions",
    operation_id="end_sessions",
    summary="End all sessions",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=ME,
)
async def end_sessions(users: Users, request: Request, owner: Owner) -> None:
    """Signs out everywhere. Access tokens that are out live on for 15 minutes at the most."""
    await users.end_sessions(owner.user_id, client_headers(request, owner))


@router.delete(
    "/v1/me/sessions/{session_id}",
    operation_id="end_session",
    summary="End a session",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=ME,
)
async def end_session(users: Users, request: Request, owner: Owner, session_id: SessionId) -> None:
    """Its access token lives on for 15 minutes at the most."""
    await users.end_session(owner.user_id, session_id, client_headers(request, owner))


@router.get(
    "/v1/me/events",
    operation_id="list_security_events",
    summary="List what happened to the account",
    response_model=SecurityEventPage,
    responses=ME,
)
async def list_security_events(
    users: Users, request: Request, owner: Owner, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """Sign-ins, refused ones, keys, passwords: of the last 90 days, newest first."""
    params = query(limit=limit, cursor=cursor)
    client = client_headers(request, owner)
    return (await users.list_of(owner.user_id, "events", params, client)).response()


@router.post(
    "/v1/me/api-keys/{api_key_id}/rotate",
    operation_id="rotate_api_key",
    summary="Rotate an API key",
    status_code=status.HTTP_201_CREATED,
    response_model=NewApiKey,
    responses={**ME, **problems(415)},
)
async def rotate_api_key(
    users: Users,
    request: Request,
    owner: Owner,
    api_key_id: ApiKeyId,
    rotation: Rotation | None = None,
) -> Response:
    """A new key with the name, scopes and end of the old one, which goes on for `overlap_s`."""
    settings = (rotation or Rotation()).model_dump()
    client = client_headers(request, owner)
    answer = await users.rotate_api_key(owner.user_id, api_key_id, settings, client)
    return answer.response(NO_STORE)
