"""Accounts."""

from decimal import Decimal

from fastapi import APIRouter, Depends, status
from sightline_contracts.answers import problems
from sightline_contracts.problems import InvalidRequest

from user_service import caller
from user_service.accounts.users import public
from user_service.models import AccountChange, SignUp, User, UserId
from user_service.routes.dependencies import (
    USER,
    MailedLinksPart,
    PasswordChangePart,
    UsersPart,
)

router = APIRouter(tags=["users"], dependencies=[Depends(caller.remember)])


@router.post(
    "/v1/users",
    operation_id="sign_up",
    status_code=status.HTTP_201_CREATED,
    responses=problems(409, 415, 422, 503),
)
async def sign_up(users: UsersPart, mailed: MailedLinksPart, account: SignUp) -> User:
    """Where mail is sent, the address is mailed a link that proves it."""
    user = await users.sign_up(account.email, account.password, account.display_name)
    mailed.welcome(user["id"])
    return User.model_validate(user)


@router.get(USER, operation_id="get_user", responses=problems(404, 422, 503))
async def get_user(users: UsersPart, user_id: UserId) -> User:
    return User.model_validate(public(await users.existing(user_id)))


@router.patch(USER, operation_id="change_user", responses=problems(403, 404, 415, 422, 503))
async def change_user(
    users: UsersPart, passwords: PasswordChangePart, user_id: UserId, change: AccountChange
) -> User:
    """A changed password ends every other session."""
    if change.password is not None:
        if change.current_password is None:
            detail = "is needed for a new password"
            raise InvalidRequest(errors=[{"pointer": "/current_password", "detail": detail}])
        await passwords.change(
            user_id, change.current_password, change.password, but=caller.current().session
        )
    if "display_name" in change.model_fields_set:
        await users.rename(user_id, change.display_name)
    if "monthly_budget" in change.model_fields_set:
        budget = change.monthly_budget
        await users.limit_spending(user_id, None if budget is None else Decimal(budget))
    return await get_user(users, user_id)


@router.delete(
    USER,
    operation_id="delete_user",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404, 422, 503),
)
async def delete_user(users: UsersPart, user_id: UserId) -> None:
    await users.delete(user_id)
