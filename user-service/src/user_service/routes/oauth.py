"""Tokens: RFC 6749, RFC 7009, RFC 7517."""

from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from sightline_contracts.answers import problems
from sightline_contracts.problems import UnsupportedMediaType

from user_service import caller
from user_service.errors import GrantRefused
from user_service.models import Jwks, TokenError, Tokens
from user_service.routes.dependencies import SessionsPart, SigningKeysPart

FORM = "application/x-www-form-urlencoded"
FIELDS_AT_MOST = 10
NO_STORE = {"Cache-Control": "no-store"}


router = APIRouter(tags=["oauth"])
_REMEMBER = [Depends(caller.remember)]


@router.post(
    "/v1/oauth/token",
    operation_id="token",
    response_model=Tokens,
    dependencies=_REMEMBER,
    responses={**problems(415, 422, 503), 400: {"model": TokenError}},
)
async def token(sessions: SessionsPart, request: Request) -> Response:
    """The password and refresh_token grants."""
    try:
        form = await _form(request)
        match form.get("grant_type"):
            case "password":
                answer = await sessions.by_password(
                    _field(form, "username"), _field(form, "password")
                )
            case "refresh_token":
                answer = await sessions.by_refresh_token(_field(form, "refresh_token"))
            case None:
                raise GrantRefused("invalid_request", "grant_type is missing.")
            case _:
                raise GrantRefused("unsupported_grant_type", "password or refresh_token.")
    except GrantRefused as refused:
        return _refusal(refused)
    return JSONResponse(answer, headers=NO_STORE)


@router.post(
    "/v1/oauth/revoke",
    operation_id="revoke",
    response_class=Response,
    dependencies=_REMEMBER,
    responses={**problems(415, 422, 503), 400: {"model": TokenError}},
)
async def revoke(sessions: SessionsPart, request: Request) -> Response:
    try:
        await sessions.revoke(_field(await _form(request), "token"))
    except GrantRefused as refused:
        return _refusal(refused)
    return Response(headers=NO_STORE)


@router.get("/.well-known/jwks.json", operation_id="jwks", responses=problems(503))
async def jwks(signing_keys: SigningKeysPart, response: Response) -> Jwks:
    response.headers["Cache-Control"] = "public, max-age=60"
    return Jwks.model_validate(await signing_keys.jwks())


async def _form(request: Request) -> dict[str, str]:
    """Each field at most once (RFC 6749 §3.2)."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != FORM:
        raise UnsupportedMediaType(f"Send {FORM}.")
    try:
        pairs = parse_qsl(
            (await request.body()).decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            max_num_fields=FIELDS_AT_MOST,
            errors="strict",
        )
    except ValueError as error:
        raise GrantRefused("invalid_request", "The form cannot be read.") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise GrantRefused("invalid_request", "A field is there twice.")
    return form


def _field(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise GrantRefused("invalid_request", f"{name} is missing.")
    return form[name]


def _refusal(refused: GrantRefused) -> Response:
    body = {"error": refused.error, "error_description": refused.description}
    return JSONResponse(body, 400, headers=NO_STORE)
