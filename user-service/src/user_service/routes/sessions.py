"""Where a user is signed in, and what has happened to the account."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, status
from sightline_contracts.answers import problems

from user_service import caller
from user_service.models import SecurityEventPage, SessionId, SessionPage, UserId
from user_service.wiring import Wiring

ONE = "/v1/users/{user_id}"
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=100)]


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["users"], dependencies=[Depends(caller.told)])
    users, sessions = wiring.users, wiring.sessions
    common = problems(404, 422, 503)
    no_content = status.HTTP_204_NO_CONTENT

    @router.get(ONE + "/sessions", operation_id="list_sessions", responses=common)
    async def list_sessions(
        user_id: UserId, limit: Limit = 20, cursor: Cursor = None
    ) -> SessionPage:
        """Newest first."""
        await users.existing(user_id)
        items, following = await sessions.list(user_id, limit, cursor)
        return SessionPage.model_validate({"items": items, "next_cursor": following})

    @router.delete(
        ONE + "/sessions", operation_id="end_sessions", status_code=no_content, responses=common
    )
    async def end_sessions(user_id: UserId) -> None:
        """Sign out everywhere. Access tokens that are out live on for their quarter of an hour."""
        await users.existing(user_id)
        await sessions.end_all(user_id)

    @router.delete(
        ONE + "/sessions/{session_id}",
        operation_id="end_session",
        status_code=no_content,
        responses=common,
    )
    async def end_session(user_id: UserId, session_id: SessionId) -> None:
        await sessions.end(user_id, session_id)

    @router.get(ONE + "/events", operation_id="list_events", responses=common)
    async def list_events(
        user_id: UserId, limit: Limit = 20, cursor: Cursor = None
    ) -> SecurityEventPage:
        """What matters to the account's security, of the last 90 days, newest first."""
        await users.existing(user_id)
        items, following = await wiring.trail.list(user_id, limit, cursor)
        return SecurityEventPage.model_validate({"items": items, "next_cursor": following})

    return router
