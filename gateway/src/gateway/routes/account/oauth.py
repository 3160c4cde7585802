"""Tokens for programs."""

from typing import Any

from fastapi import APIRouter, Request, Response

from gateway.accounts.token_requests import FORM
from gateway.models.accounts import Tokens
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import NO_STORE, TokenRequestsPart, Users

_TOKEN_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"enum": ["password", "refresh_token"]},
                        "username": {"type": "string"},
                        "password": {"type": "string", "format": "password"},
                        "refresh_token": {"type": "string"},
                    },
                },
                "example": {
                    "grant_type": "password",
                    "username": "ada@example.com",
                    "password": "correct horse battery",
                },
            }
        },
    }
}
_REVOKE_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["token"],
                    "properties": {
                        "token": {"type": "string"},
                        "token_type_hint": {"type": "string"},
                    },
                },
                "example": {"token": "x" * 43},
            }
        },
    }
}


router = APIRouter(tags=["account"])


@router.post(
    "/v1/oauth/token",
    operation_id="token",
    summary="Get tokens",
    response_model=Tokens,
    openapi_extra=_TOKEN_FORM,
    responses=problems(415, 422, 429, 502, 503, 504),
)
async def token(token_requests: TokenRequestsPart, request: Request) -> Response:
    """RFC 6749: the password and refresh_token grants; errors as in its §5.2."""
    media_type = request.headers.get("Content-Type", "")
    answer = await token_requests.token(request, await request.body(), media_type)
    return answer.response(NO_STORE)


@router.post(
    "/v1/oauth/revoke",
    operation_id="revoke",
    summary="Revoke a token",
    response_class=Response,
    openapi_extra=_REVOKE_FORM,
    responses=problems(415, 422, 429, 502, 503, 504),
)
async def revoke(token_requests: TokenRequestsPart, request: Request) -> Response:
    """RFC 7009: sign out; 200 whether the token was known or not."""
    media_type = request.headers.get("Content-Type", "")
    answer = await token_requests.revoke(request, await request.body(), media_type)
    return answer.response(NO_STORE)


@router.get(
    "/.well-known/jwks.json",
    operation_id="jwks",
    summary="Get the public keys of access tokens",
    response_model=dict[str, Any],
    responses=problems(502, 503, 504),
)
async def jwks(users: Users) -> Response:
    """Public keys of the access tokens (RFC 7517)."""
    return (await users.jwks()).response()
