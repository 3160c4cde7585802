"""Signing in by an identity provider, and what else is offered to who signs in."""

from fastapi import APIRouter, Depends, Response, status
from sightline_contracts.answers import problems

from user_service import caller
from user_service.models import Tokens
from user_service.routes.dependencies import OutboxPart, SignInsPart
from user_service.routes.oauth import NO_STORE
from user_service.sign_in_models import (
    OfferedProvider,
    ProviderRedirect,
    ProviderResponse,
    ProviderSignIn,
    SignInOptions,
)

router = APIRouter(tags=["users"], dependencies=[Depends(caller.remember)])


@router.get("/v1/sign-in-options", operation_id="sign_in_options", responses=problems(422))
async def sign_in_options(outbox: OutboxPart, sign_ins: SignInsPart) -> SignInOptions:
    """What is configured."""
    mail = outbox.is_configured
    providers = [OfferedProvider.model_validate(one) for one in sign_ins.offered()]
    return SignInOptions(password_reset=mail, email_verification=mail, providers=providers)


@router.post(
    "/v1/provider-sign-ins",
    operation_id="begin_provider_sign_in",
    status_code=status.HTTP_201_CREATED,
    responses=problems(404, 415, 422, 503),
)
async def begin_provider_sign_in(sign_ins: SignInsPart, asked: ProviderSignIn) -> ProviderRedirect:
    return ProviderRedirect(url=await sign_ins.begin(asked.provider, asked.browser))


@router.post(
    "/v1/provider-sign-ins/finish",
    operation_id="finish_provider_sign_in",
    responses=problems(403, 409, 415, 422, 503),
)
async def finish_provider_sign_in(
    sign_ins: SignInsPart, given: ProviderResponse, response: Response
) -> Tokens:
    """A session, as by a password."""
    response.headers.update(NO_STORE)
    answer = await sign_ins.finish(given.state, given.code, given.iss, given.browser)
    return Tokens.model_validate(answer)
