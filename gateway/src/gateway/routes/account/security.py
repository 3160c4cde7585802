"""Where a user is signed in, what happened to the account, and keys that change."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response, status
from sightline_contracts import ids
from sightline_contracts.answers import problems

from gateway.admission.client import told
from gateway.admission.credentials import Owner
from gateway.models.accounts import NewApiKey, Rotation, SecurityEventPage, SessionPage
from gateway.routes.account.accounts import ME, NO_STORE, ApiKeyId
from gateway.wiring import Wiring

SessionId = Annotated[str, Path(pattern=ids.SESSION_ID)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=100)]


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["account"])
    users = wiring.users
    no_content = status.HTTP_204_NO_CONTENT

    async def page(
        request: Request, owner: Owner, tail: str, limit: int, cursor: str | None
    ) -> Response:
        params = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        answer = await users.call(
            "GET", f"/v1/users/{owner.user_id}/{tail}", params=params, headers=told(request, owner)
        )
        return answer.response()

    @router.get(
        "/v1/me/sessions", operation_id="list_sessions", response_model=SessionPage, responses=ME
    )
    async def list_sessions(
        request: Request, owner: Owner, limit: Limit = 20, cursor: Cursor = None
    ) -> Response:
        """Newest first."""
        return await page(request, owner, "sessions", limit, cursor)

    @router.delete(
        "/v1/me/sessions", operation_id="end_sessions", status_code=no_content, responses=ME
    )
    async def end_sessions(request: Request, owner: Owner) -> None:
        """Sign out everywhere. Access tokens that are out live on for 15 minutes at the most."""
        path = f"/v1/users/{owner.user_id}/sessions"
        await users.call("DELETE", path, headers=told(request, owner))

    @router.delete(
        "/v1/me/sessions/{session_id}",
        operation_id="end_session",
        status_code=no_content,
        responses=ME,
    )
    async def end_session(request: Request, owner: Owner, session_id: SessionId) -> None:
        """Its access token lives on for 15 minutes at the most."""
        path = f"/v1/users/{owner.user_id}/sessions/{session_id}"
        await users.call("DELETE", path, headers=told(request, owner))

    @router.get(
        "/v1/me/events",
        operation_id="list_security_events",
        response_model=SecurityEventPage,
        responses=ME,
    )
    async def list_security_events(
        request: Request, owner: Owner, limit: Limit = 20, cursor: Cursor = None
    ) -> Response:
        """Sign-ins, refused ones, keys, passwords: of the last 90 days, newest first."""
        return await page(request, owner, "events", limit, cursor)

    @router.post(
        "/v1/me/api-keys/{api_key_id}/rotate",
        operation_id="rotate_api_key",
        status_code=status.HTTP_201_CREATED,
        response_model=NewApiKey,
        responses={**ME, **problems(415)},
    )
    async def rotate_api_key(
        request: Request, owner: Owner, api_key_id: ApiKeyId, wanted: Rotation | None = None
    ) -> Response:
        """A new key with the name, scopes and end of the old one, which goes on for `overlap_s`."""
        answer = await users.call(
            "POST",
            f"/v1/users/{owner.user_id}/api-keys/{api_key_id}/rotation",
            json_body=(wanted or Rotation()).model_dump(),
            headers=told(request, owner),
        )
        return answer.response(NO_STORE)

    return router
