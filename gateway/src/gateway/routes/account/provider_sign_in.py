"""Signing in a browser by an identity provider: the way there, and what it comes back with.

The browser shows at the end a cookie that it got at the beginning, so that nobody else can end a sign-in in it. It
goes to the paths of browser_session.py, and is kept from others in the same way.
"""

import secrets
from typing import Annotated

from fastapi import APIRouter, Cookie, Request, Response, status

from gateway.admission.client import client_address, client_headers
from gateway.errors import SignInRefused
from gateway.models.accounts import (
    ProviderRedirect,
    ProviderResponse,
    ProviderSignIn,
    SessionTokens,
)
from gateway.problem_types.answers import problems
from gateway.routes.account import browser_session
from gateway.routes.dependencies import NO_STORE, Limiter, Users

PATH = f"{browser_session.PATH}/providers"
COOKIE = "sightline-sign-in"
COOKIE_S = 600
"""As long as user-service keeps a sign-in that has begun."""
Browser = Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False, max_length=100)]

router = APIRouter(tags=["account"])


@router.post(
    PATH,
    operation_id="begin_provider_session",
    summary="Begin to sign in by a provider",
    status_code=status.HTTP_201_CREATED,
    response_model=ProviderRedirect,
    responses=problems("provider-away", 403, 404, 415, 422, 429, 502, 503, 504),
)
async def begin_provider_session(
    users: Users,
    limiter: Limiter,
    request: Request,
    asked: ProviderSignIn,
    browser: Browser = None,
) -> Response:
    """From a page of this origin, which then goes to `url`. `GET /v1/sign-in-options` lists the providers."""
    browser_session.require_this_origin(request)
    await limiter.hit_address(client_address(request))
    browser = browser or secrets.token_urlsafe(32)  # another tab may have begun as well
    body = {"provider": asked.provider, "browser": browser}
    answer = await users.begin_provider_sign_in(body, client_headers(request))
    response = answer.response(NO_STORE)
    browser_session.set_cookie(request, response, COOKIE, browser, COOKIE_S)
    return response


@router.post(
    f"{PATH}/finish",
    operation_id="finish_provider_session",
    summary="Sign in by what a provider has answered",
    responses=problems(
        "sign-in-refused",
        "address-not-proved",
        "provider-away",
        401,
        403,
        415,
        422,
        429,
        502,
        503,
        504,
    ),
)
async def finish_provider_session(
    users: Users,
    limiter: Limiter,
    request: Request,
    response: Response,
    given: ProviderResponse,
    browser: Browser = None,
) -> SessionTokens:
    """`state`, `code` and `iss` of the address that the provider has sent the browser back to. They work once, in
    the browser that has begun, for ten minutes. The session is as by a password."""
    browser_session.require_this_origin(request)
    await limiter.hit_address(client_address(request))
    if browser is None:
        raise SignInRefused("This sign-in was not begun here, or not lately; begin again.")
    body = {**given.model_dump(), "browser": browser}
    answer = await users.finish_provider_sign_in(body, client_headers(request))
    return browser_session.begun(request, response, answer)
