"""Signing in from a web page: the refresh token is in a cookie that no script can read.

The cookie goes to these paths alone and is never sent for another site (SameSite=Strict). Another origin
of the same site, such as another port of this host, is refused by Fetch Metadata, and by the JSON body:
a form cannot send it, and a script needs a CORS preflight for it. Everything else takes the access token,
which no browser sends by itself.
"""

import json
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Cookie, Request, Response, status
from sightline_contracts.problems import UnsupportedMediaType

from gateway.errors import Forbidden, Unauthorized
from gateway.models.accounts import Nothing, SessionTokens, SignIn
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import NO_STORE, TokenRequestsPart
from gateway.upstream.answers import Answer

PATH = "/v1/session"
COOKIE = "sightline-refresh"
COOKIE_S = 30 * 86_400
"""As long as user-service keeps a refresh token."""
RefreshToken = Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False)]


router = APIRouter(tags=["account"])
_PROBLEMS = problems(400, 401, 403, 415, 422, 429, 502, 503, 504)


@router.post(PATH, operation_id="begin_session", summary="Sign in a browser", responses=_PROBLEMS)
async def begin_session(
    token_requests: TokenRequestsPart, request: Request, response: Response, sign_in: SignIn
) -> SessionTokens:
    """Sign in from a page of this origin. 401 for an address or a password that is not right."""
    require_this_origin(request)
    form = {"grant_type": "password", "username": sign_in.email, "password": sign_in.password}
    answer = await token_requests.token(request, urlencode(form).encode())
    return begun(request, response, answer)


@router.post(
    f"{PATH}/renew",
    operation_id="renew_session",
    summary="Renew a browser's access token",
    responses=_PROBLEMS,
)
async def renew_session(
    token_requests: TokenRequestsPart,
    request: Request,
    response: Response,
    _: Nothing,
    refresh_token: RefreshToken = None,
) -> SessionTokens:
    """A new access token for the cookie, which is replaced. 401 where it is no good any more."""
    require_this_origin(request)
    if refresh_token is None:
        raise Unauthorized("Please sign in.")
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    answer = await token_requests.token(request, urlencode(form).encode())
    return begun(request, response, answer)


@router.delete(
    PATH,
    operation_id="end_session_here",
    summary="Sign out a browser",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(403, 422, 429, 502, 503, 504),
)
async def end_session_here(
    token_requests: TokenRequestsPart,
    request: Request,
    response: Response,
    refresh_token: RefreshToken = None,
) -> None:
    """Sign out: the session ends, and the cookie goes."""
    require_this_origin(request)
    if refresh_token is not None:
        await token_requests.revoke(request, urlencode({"token": refresh_token}).encode())
    response.delete_cookie(COOKIE, PATH)


def require_this_origin(request: Request) -> None:
    """Raises Forbidden for a page of another origin; programs and old browsers do not say."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("Only pages of this origin sign in here.")
    body = request.method == "POST"
    if body and not request.headers.get("Content-Type", "").startswith("application/json"):
        raise UnsupportedMediaType("Send application/json.")


def begun(request: Request, response: Response, answer: Answer) -> SessionTokens:
    """The answer of RFC 6749 without its refresh token, which becomes the cookie. Raises
    Unauthorized."""
    body = json.loads(answer.body)
    if answer.status != status.HTTP_200_OK:
        raise Unauthorized(str(body.get("error_description", "Please sign in.")))
    response.headers.update(NO_STORE)
    set_cookie(request, response, COOKIE, body["refresh_token"], COOKIE_S)
    return SessionTokens.model_validate(body)


def set_cookie(request: Request, response: Response, name: str, value: str, max_age_s: int) -> None:
    """One that no script can read and no other site send, for the paths of sessions."""
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        path=PATH,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
