"""Accounts."""

from decimal import Decimal

from fastapi import APIRouter, Depends, status
from sightline_contracts.answers import problems
from sightline_contracts.problems import InvalidRequest

from user_service import caller
from user_service.models import AccountChange, SignUp, User, UserId
from user_service.users import public
from user_service.wiring import Wiring

ONE = "/v1/users/{user_id}"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["users"], dependencies=[Depends(caller.told)])
    users = wiring.users
    common = problems(404, 422, 503)

    @router.post(
        "/v1/users",
        operation_id="sign_up",
        status_code=status.HTTP_201_CREATED,
        responses=problems(409, 415, 422, 503),
    )
    async def sign_up(wanted: SignUp) -> User:
        made = await users.sign_up(wanted.email, wanted.password, wanted.display_name)
        return User.model_validate(made)

    @router.get(ONE, operation_id="get_user", responses=common)
    async def get_user(user_id: UserId) -> User:
        return User.model_validate(public(await users.existing(user_id)))

    @router.patch(ONE, operation_id="change_user", responses=problems(403, 404, 415, 422, 503))
    async def change_user(user_id: UserId, change: AccountChange) -> User:
        """A changed password ends every other session."""
        if change.password is not None:
            if change.current_password is None:
                detail = "is needed for a new password"
                raise InvalidRequest(errors=[{"pointer": "/current_password", "detail": detail}])
            await wiring.password_change.change(
                user_id, change.current_password, change.password, but=caller.current().session
            )
        if "display_name" in change.model_fields_set:
            await users.rename(user_id, change.display_name)
        if "monthly_budget" in change.model_fields_set:
            budget = change.monthly_budget
            await users.limit_spending(user_id, None if budget is None else Decimal(budget))
        return await get_user(user_id)

    @router.delete(
        ONE, operation_id="delete_user", status_code=status.HTTP_204_NO_CONTENT, responses=common
    )
    async def delete_user(user_id: UserId) -> None:
        await users.delete(user_id)

    return router
