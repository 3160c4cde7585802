"""What admins see and change of users. The gateway has checked that the caller is an admin."""

from fastapi import APIRouter, Depends
from sightline_contracts.answers import problems

from user_service import caller
from user_service.accounts.users import public
from user_service.models import StandingChange, User, UserId, UserPage
from user_service.routes.dependencies import AdministrationPart, Cursor, Limit, UsersPart

router = APIRouter(tags=["administration"], dependencies=[Depends(caller.remember)])


@router.get("/v1/users", operation_id="list_users", responses=problems(422, 503))
async def list_users(
    administration: AdministrationPart, limit: Limit = 20, cursor: Cursor = None
) -> UserPage:
    """Newest first."""
    users, next_cursor = await administration.list(limit, cursor)
    return UserPage.model_validate({"items": users, "next_cursor": next_cursor})


@router.patch(
    "/v1/users/{user_id}/standing",
    operation_id="change_standing",
    responses=problems(404, 415, 422, 503),
)
async def change_standing(
    administration: AdministrationPart, users: UsersPart, user_id: UserId, change: StandingChange
) -> User:
    """A suspended user's sessions end; keys, data and the bill stay."""
    if "monthly_quota" in change.model_fields_set:
        await administration.limit(user_id, change.monthly_quota)
    if "suspended" in change.model_fields_set:
        await (administration.suspend if change.suspended else administration.reinstate)(user_id)
    return User.model_validate(public(await users.existing(user_id)))
