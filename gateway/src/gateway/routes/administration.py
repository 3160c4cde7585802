"""Users, for admins."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from sightline_contracts import ids
from sightline_contracts.problems import InvalidRequest

from gateway.models.accounts import User, UserChange, UserPage
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import ERRORS, Admin, Cursor, Limit, Users, query

UserId = Annotated[str, Path(pattern=ids.USER_ID)]

router = APIRouter(tags=["administration"])


@router.get(
    "/v1/users",
    operation_id="list_users",
    summary="List users",
    response_model=UserPage,
    responses=problems(*ERRORS),
)
async def list_users(
    users: Users, _admin: Admin, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """Newest first."""
    return (await users.list_users(query(limit=limit, cursor=cursor))).response()


@router.get(
    "/v1/users/{user_id}",
    operation_id="get_user",
    summary="Get a user",
    response_model=User,
    responses=problems(404, *ERRORS),
)
async def get_user(users: Users, _admin: Admin, user_id: UserId) -> Response:
    """As its owner sees it."""
    return (await users.get_user(user_id)).response()


@router.patch(
    "/v1/users/{user_id}",
    operation_id="change_user",
    summary="Change a user",
    response_model=User,
    responses=problems(404, 415, *ERRORS),
)
async def change_user(users: Users, admin: Admin, user_id: UserId, change: UserChange) -> Response:
    """A suspended user can submit nothing from now on, and is let in nowhere once tokens (15
    minutes) and what is remembered of keys (30 seconds) have ended."""
    if change.suspended and user_id == admin.user_id:
        detail = "must not be your own"
        raise InvalidRequest(errors=[{"pointer": "/suspended", "detail": detail}])
    # The user's trail tells the change, but not where the admin was.
    changes = change.model_dump(exclude_unset=True)
    return (await users.change_standing(user_id, changes)).response()
