"""Tokens: user-service answers, the gateway slows down whoever guesses."""

from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response, status
from sightline_contracts.answers import problems
from sightline_contracts.problems import Problem

from gateway.account_models import Tokens
from gateway.client import address, told
from gateway.errors import UpstreamTimeout
from gateway.routes.accounts import NO_STORE
from gateway.wiring import Wiring

FORM = "application/x-www-form-urlencoded"
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
                }
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
                }
            }
        },
    }
}


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["account"])
    users = wiring.users

    async def pass_form(request: Request, path: str) -> Response:
        media_type = {"Content-Type": request.headers.get("Content-Type", "")}
        answer = await users.call(
            "POST", path, data=await request.body(), headers={**told(request), **media_type},
            also=400,
        )  # fmt: skip
        return answer.response(NO_STORE)

    async def sign_in(request: Request, account: str) -> Response:
        tried = await wiring.guesses.begin(account, address(request))
        try:
            answer = await pass_form(request, "/v1/oauth/token")
        except Problem as problem:
            # Of a late answer nobody knows whether a password was looked at for it.
            if not isinstance(problem, UpstreamTimeout):
                await wiring.guesses.forget(tried)
            raise
        if answer.status_code == status.HTTP_200_OK:
            await wiring.guesses.right(tried)
        return answer

    @router.post(
        "/v1/oauth/token", operation_id="token", response_model=Tokens,
        openapi_extra=_TOKEN_FORM, responses=problems(415, 422, 429, 502, 503, 504),
    )  # fmt: skip
    async def token(request: Request) -> Response:
        """RFC 6749: the password and refresh_token grants; errors as in its §5.2."""
        await wiring.limiter.hit_address(address(request))
        account = _account(await request.body())
        if account is None:
            return await pass_form(request, "/v1/oauth/token")
        return await sign_in(request, account)

    @router.post(
        "/v1/oauth/revoke", operation_id="revoke", response_class=Response,
        openapi_extra=_REVOKE_FORM, responses=problems(415, 422, 429, 502, 503, 504),
    )  # fmt: skip
    async def revoke(request: Request) -> Response:
        """RFC 7009: sign out; 200 whether the token was known or not."""
        await wiring.limiter.hit_address(address(request))
        return await pass_form(request, "/v1/oauth/revoke")

    @router.get(
        "/.well-known/jwks.json",
        operation_id="jwks",
        response_model=dict[str, Any],
        responses=problems(502, 503, 504),
    )
    async def jwks() -> Response:
        """Public keys of the access tokens (RFC 7517)."""
        return (await users.call("GET", "/.well-known/jwks.json")).response()

    return router


def _account(body: bytes) -> str | None:
    """Whose password the form holds; None where it is no sign-in. What cannot be read here is read
    by user-service in the same way, and refused."""
    try:
        form = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError:
        return None
    return form.get("username", "") if form.get("grant_type") == "password" else None
