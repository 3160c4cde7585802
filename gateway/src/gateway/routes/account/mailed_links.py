"""Links that are mailed: a new password where the old one is forgotten, and the proof of an address."""

from fastapi import APIRouter, Request, Response, status

from gateway.admission.client import client_address, client_headers
from gateway.models.accounts import (
    EmailVerification,
    PasswordReset,
    PasswordResetRequest,
    SignInOptions,
)
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import NO_STORE, Limiter, MailThrottlePart, Owner, Users

ACCEPTED = status.HTTP_202_ACCEPTED

router = APIRouter(tags=["account"])


@router.get(
    "/v1/sign-in-options",
    operation_id="sign_in_options",
    summary="See what is offered to who signs in",
    response_model=SignInOptions,
    responses=problems(429, 502, 503, 504),
)
async def sign_in_options(users: Users, limiter: Limiter, request: Request) -> Response:
    """Whether this system sends the mails that a forgotten password and the proof of an address need, and the
    identity providers that it takes."""
    await limiter.hit_address(client_address(request))
    return (await users.sign_in_options()).response(NO_STORE)


@router.post(
    "/v1/password-resets",
    operation_id="request_password_reset",
    summary="Ask for a new password",
    status_code=ACCEPTED,
    response_class=Response,
    responses=problems("mail-not-configured", 415, 422, 429, 502, 503, 504),
)
async def request_password_reset(
    users: Users,
    limiter: Limiter,
    throttle: MailThrottlePart,
    asked: PasswordResetRequest,
    request: Request,
) -> Response:
    """Mails a link to the account with this address. The answer is the same whether or not there is one. The
    link works once, for 30 minutes; the mail is in the language of `Accept-Language`, German or English."""
    address = client_address(request)
    await limiter.hit_address(address)
    await throttle.hit(asked.email, address)
    await users.request_password_reset(asked.model_dump(), client_headers(request))
    return Response(status_code=ACCEPTED, headers=NO_STORE)


@router.post(
    "/v1/password-resets/redeem",
    operation_id="reset_password",
    summary="Set a new password by a mailed link",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems("link-not-valid", 404, 415, 422, 429, 502, 503, 504),
)
async def reset_password(
    users: Users, limiter: Limiter, reset: PasswordReset, request: Request
) -> None:
    """`token` is what stands behind `#` in the link. All sessions of the account end; where its address
    was not proved before, API keys and the ways in by providers too."""
    await limiter.hit_address(client_address(request))
    await users.reset_password(reset.model_dump(), client_headers(request))


@router.post(
    "/v1/me/email-verification",
    operation_id="request_email_verification",
    summary="Ask for a link that proves the address",
    status_code=ACCEPTED,
    response_class=Response,
    responses=problems("mail-not-configured", 401, 403, 404, 422, 429, 502, 503, 504),
)
async def request_email_verification(
    users: Users, throttle: MailThrottlePart, owner: Owner, request: Request
) -> Response:
    """Mails it to the account's address, unless that is proved already. The link works once, for 30 minutes."""
    await throttle.hit(owner.user_id, client_address(request))
    await users.request_email_verification(owner.user_id, client_headers(request, owner))
    return Response(status_code=ACCEPTED, headers=NO_STORE)


@router.post(
    "/v1/email-verifications/redeem",
    operation_id="verify_email",
    summary="Prove an address by a mailed link",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems("link-not-valid", 415, 422, 429, 502, 503, 504),
)
async def verify_email(
    users: Users, limiter: Limiter, verification: EmailVerification, request: Request
) -> None:
    """`token` is what stands behind `#` in the link. `GET /v1/me` says `email_verified` from then on."""
    await limiter.hit_address(client_address(request))
    await users.verify_email(verification.model_dump(), client_headers(request))
