"""Where a user is signed in, and what has happened to the account."""

from fastapi import APIRouter, Depends, status
from sightline_contracts.answers import problems

from user_service import caller
from user_service.models import SecurityEventPage, SessionId, SessionPage, UserId
from user_service.routes.dependencies import (
    USER,
    Cursor,
    Limit,
    SessionsPart,
    TrailPart,
    UsersPart,
)

PROBLEMS = problems(404, 422, 503)

router = APIRouter(tags=["users"], dependencies=[Depends(caller.remember)])


@router.get(f"{USER}/sessions", operation_id="list_sessions", responses=PROBLEMS)
async def list_sessions(
    users: UsersPart,
    sessions: SessionsPart,
    user_id: UserId,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> SessionPage:
    """Newest first."""
    await users.existing(user_id)
    items, next_cursor = await sessions.list(user_id, limit, cursor)
    return SessionPage.model_validate({"items": items, "next_cursor": next_cursor})


@router.delete(
    f"{USER}/sessions",
    operation_id="end_sessions",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=PROBLEMS,
)
async def end_sessions(users: UsersPart, sessions: SessionsPart, user_id: UserId) -> None:
    """Sign out everywhere. Access tokens that are out live on for their quarter of an hour."""
    await users.existing(user_id)
    await sessions.end_all(user_id)


@router.delete(
    f"{USER}/sessions/{{session_id}}",
    operation_id="end_session",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=PROBLEMS,
)
async def end_session(sessions: SessionsPart, user_id: UserId, session_id: SessionId) -> None:
    await sessions.end(user_id, session_id)


@router.get(f"{USER}/events", operation_id="list_events", responses=PROBLEMS)
async def list_events(
    users: UsersPart, trail: TrailPart, user_id: UserId, limit: Limit = 20, cursor: Cursor = None
) -> SecurityEventPage:
    """What matters to the account's security, of the last 90 days, newest first."""
    await users.existing(user_id)
    items, next_cursor = await trail.list(user_id, limit, cursor)
    return SecurityEventPage.model_validate({"items": items, "next_cursor": next_cursor})
