"""What admins see and change of users. That the caller is one the gateway has checked."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sightline_contracts.answers import problems

from user_service import caller
from user_service.models import StandingChange, User, UserId, UserPage
from user_service.users import public
from user_service.wiring import Wiring


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["administration"], dependencies=[Depends(caller.told)])
    administration = wiring.administration

    @router.get("/v1/users", operation_id="list_users", responses=problems(422, 503))
    async def list_users(
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
    ) -> UserPage:
        """Newest first."""
        items, following = await administration.list(limit, cursor)
        return UserPage.model_validate({"items": items, "next_cursor": following})

    @router.patch(
        "/v1/users/{user_id}/standing",
        operation_id="change_standing",
        responses=problems(404, 415, 422, 503),
    )
    async def change_standing(user_id: UserId, change: StandingChange) -> User:
        """A suspended user's sessions end; keys, data and the bill stay."""
        if "monthly_quota" in change.model_fields_set:
            await administration.limit(user_id, change.monthly_quota)
        if "suspended" in change.model_fields_set:
            await (administration.suspend if change.suspended else administration.reinstate)(
                user_id
            )
        return User.model_validate(public(await wiring.users.existing(user_id)))

    return router
