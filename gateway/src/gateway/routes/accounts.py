"""Sign-up, tokens, the account, its keys and its bill: user-service answers, the gateway checks
who asks."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response, status
from sightline_contracts import ids
from sightline_contracts.answers import problems

from gateway.credentials import Owner
from gateway.models import (
    AccountChange,
    ApiKeyPage,
    ApiKeyRequest,
    NewApiKey,
    SignUp,
    Tokens,
    Usage,
    User,
    WebhookSecret,
)
from gateway.wiring import Wiring

ApiKeyId = Annotated[str, Path(pattern=ids.API_KEY_ID)]
NO_STORE = {"Cache-Control": "no-store"}
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

    @router.post(
        "/v1/users", operation_id="sign_up", status_code=status.HTTP_201_CREATED,
        response_model=User, responses=problems(409, 415, 422, 429, 502, 503, 504),
    )  # fmt: skip
    async def sign_up(wanted: SignUp, request: Request) -> Response:
        """Make an account. The password has 8 to 128 characters."""
        await wiring.limiter.hit(f"address:{_address(request)}")
        answer = await users.call("POST", "/v1/users", json_body=wanted.model_dump())
        return answer.response({"Location": "/v1/me", **NO_STORE})

    async def pass_form(request: Request, path: str) -> Response:
        await wiring.limiter.hit(f"address:{_address(request)}")
        answer = await users.call(
            "POST", path, data=await request.body(),
            headers={"Content-Type": request.headers.get("Content-Type", "")}, also=400,
        )  # fmt: skip
        return answer.response(NO_STORE)

    @router.post(
        "/v1/oauth/token", operation_id="token", response_model=Tokens,
        openapi_extra=_TOKEN_FORM, responses=problems(415, 422, 429, 502, 503, 504),
    )  # fmt: skip
    async def token(request: Request) -> Response:
        """RFC 6749: the password and refresh_token grants; errors as in its §5.2."""
        return await pass_form(request, "/v1/oauth/token")

    @router.post(
        "/v1/oauth/revoke", operation_id="revoke", response_class=Response,
        openapi_extra=_REVOKE_FORM, responses=problems(415, 422, 429, 502, 503, 504),
    )  # fmt: skip
    async def revoke(request: Request) -> Response:
        """RFC 7009: sign out; 200 whether the token was known or not."""
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

    me = problems(401, 403, 404, 422, 429, 502, 503, 504)

    @router.get("/v1/me", operation_id="get_me", response_model=User, responses=me)
    async def get_me(owner: Owner) -> Response:
        return (await users.call("GET", f"/v1/users/{owner.user_id}")).response()

    @router.patch(
        "/v1/me", operation_id="change_me", response_model=User, responses={**me, **problems(415)}
    )
    async def change_me(owner: Owner, change: AccountChange) -> Response:
        body = change.model_dump(exclude_unset=True)
        answer = await users.call("PATCH", f"/v1/users/{owner.user_id}", json_body=body)
        return answer.response()

    @router.delete(
        "/v1/me", operation_id="delete_me", status_code=status.HTTP_202_ACCEPTED, responses=me
    )
    async def delete_me(owner: Owner) -> None:
        """Remove the user, keys, sessions, images and results. The images are marked first: if
        the account cannot be removed now, asking again does the rest."""
        await wiring.results.call("DELETE", f"/v1/users/{owner.user_id}")
        await users.call("DELETE", f"/v1/users/{owner.user_id}")

    @router.get(
        "/v1/me/api-keys", operation_id="list_api_keys", response_model=ApiKeyPage, responses=me
    )
    async def list_api_keys(
        owner: Owner,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Response:
        """Newest first."""
        params = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        path = f"/v1/users/{owner.user_id}/api-keys"
        return (await users.call("GET", path, params=params)).response()

    @router.post(
        "/v1/me/api-keys", operation_id="make_api_key", status_code=status.HTTP_201_CREATED,
        response_model=NewApiKey, responses={**me, **problems(415)},
    )  # fmt: skip
    async def make_api_key(owner: Owner, wanted: ApiKeyRequest) -> Response:
        answer = await users.call(
            "POST", f"/v1/users/{owner.user_id}/api-keys",
            json_body=wanted.model_dump(exclude_none=True),
        )  # fmt: skip
        return answer.response(NO_STORE)

    @router.delete(
        "/v1/me/api-keys/{api_key_id}", operation_id="delete_api_key",
        status_code=status.HTTP_204_NO_CONTENT, responses=me,
    )  # fmt: skip
    async def delete_api_key(owner: Owner, api_key_id: ApiKeyId) -> None:
        await users.call("DELETE", f"/v1/users/{owner.user_id}/api-keys/{api_key_id}")

    @router.get(
        "/v1/me/webhook-secret", operation_id="webhook_secret", response_model=WebhookSecret,
        responses=me,
    )  # fmt: skip
    async def webhook_secret(owner: Owner) -> Response:
        """What webhook messages are signed with."""
        answer = await users.call("GET", f"/v1/users/{owner.user_id}/webhook-secret")
        return answer.response(NO_STORE)

    @router.get("/v1/me/usage", operation_id="usage", response_model=Usage, responses=me)
    async def usage(
        owner: Owner,
        month: Annotated[str | None, Query(pattern=r"^2\d{3}-(0[1-9]|1[0-2])$")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """The bill of a month: totals, a line per analysis, what is left of the quota."""
        given = {"month": month, "limit": str(limit), "cursor": cursor}
        params = {name: value for name, value in given.items() if value is not None}
        answer = await users.call("GET", f"/v1/users/{owner.user_id}/usage", params=params)
        return answer.response()

    return router


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"
