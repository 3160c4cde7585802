"""What a mailed link is good for: a new password, and the proof of an address."""

from fastapi import APIRouter, Depends, Response, status
from sightline_contracts.answers import problems

from user_service import caller
from user_service.models import UserId
from user_service.routes.dependencies import (
    USER,
    MailedLinksPart,
    PasswordChangePart,
    UsersPart,
)
from user_service.sign_in_models import (
    EmailVerification,
    PasswordReset,
    PasswordResetRequest,
)

router = APIRouter(tags=["users"], dependencies=[Depends(caller.remember)])


@router.post(
    "/v1/password-resets",
    operation_id="request_password_reset",
    status_code=status.HTTP_202_ACCEPTED,
    response_class=Response,
    responses=problems(409, 415, 422, 503),
)
async def request_password_reset(mailed: MailedLinksPart, asked: PasswordResetRequest) -> Response:
    """The same answer whether or not there is such an account: it is looked up afterwards."""
    mailed.to_reset_password(asked.email)
    return Response(status_code=status.HTTP_202_ACCEPTED)


@router.post(
    "/v1/password-resets/redeem",
    operation_id="reset_password",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(403, 404, 415, 422, 503),
)
async def reset_password(passwords: PasswordChangePart, reset: PasswordReset) -> None:
    """Every session of the account ends."""
    await passwords.reset(reset.token, reset.password)


@router.post(
    f"{USER}/email-verification",
    operation_id="request_email_verification",
    status_code=status.HTTP_202_ACCEPTED,
    response_class=Response,
    responses=problems(404, 409, 422, 503),
)
async def request_email_verification(
    users: UsersPart, mailed: MailedLinksPart, user_id: UserId
) -> Response:
    """Nothing is mailed to an address that is proved already."""
    await users.existing(user_id)
    mailed.to_verify_address(user_id)
    return Response(status_code=status.HTTP_202_ACCEPTED)


@router.post(
    "/v1/email-verifications/redeem",
    operation_id="verify_email",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(403, 415, 422, 503),
)
async def verify_email(mailed: MailedLinksPart, verification: EmailVerification) -> None:
    await mailed.verify(verification.token)
