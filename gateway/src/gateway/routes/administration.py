"""Users, for admins."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sightline_contracts import ids
from sightline_contracts.answers import problems
from sightline_contracts.problems import InvalidRequest

from gateway.admission.credentials import Admin
from gateway.models.accounts import User, UserChange, UserPage
from gateway.wiring import Wiring

UserId = Annotated[str, Path(pattern=ids.USER_ID)]


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["administration"])
    users = wiring.users
    common = (401, 403, 422, 429, 502, 503, 504)

    @router.get(
        "/v1/users", operation_id="list_users", response_model=UserPage, responses=problems(*common)
    )
    async def list_users(
        _admin: Admin,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Response:
        """Newest first."""
        params = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        return (await users.call("GET", "/v1/users", params=params)).response()

    @router.get(
        "/v1/users/{user_id}",
        operation_id="get_user",
        response_model=User,
        responses=problems(404, *common),
    )
    async def get_user(_admin: Admin, user_id: UserId) -> Response:
        return (await users.call("GET", f"/v1/users/{user_id}")).response()

    @router.patch(
        "/v1/users/{user_id}",
        operation_id="change_user",
        response_model=User,
        responses=problems(404, 415, *common),
    )
    async def change_user(admin: Admin, user_id: UserId, change: UserChange) -> Response:
        """A suspended user can submit nothing from now on, and is let in nowhere once tokens (15
        minutes) and what is remembered of keys (30 seconds) have ended."""
        if change.suspended and user_id == admin.user_id:
            detail = "must not be your own"
            raise InvalidRequest(errors=[{"pointer": "/suspended", "detail": detail}])
        # The user reads of it, but not from where the admin did it.
        answer = await users.call(
            "PATCH",
            f"/v1/users/{user_id}/standing",
            json_body=change.model_dump(exclude_unset=True),
        )
        return answer.response()

    return router
