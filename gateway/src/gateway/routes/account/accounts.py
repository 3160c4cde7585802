"""Sign-up, the account, its keys and its bill: user-service answers, the gateway checks who asks."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response, status
from fastapi.responses import JSONResponse
from sightline_contracts import ids
from sightline_contracts.answers import problems
from sightline_contracts.problems import Problem

from gateway.admission.client import address, told
from gateway.admission.credentials import Owner
from gateway.errors import UpstreamTimeout
from gateway.models.accounts import (
    AccountChange,
    ApiKeyPage,
    ApiKeyRequest,
    NewApiKey,
    SignUp,
    Usage,
    User,
    WebhookSecret,
)
from gateway.upstream.client import NOT_ANSWERED
from gateway.wiring import Wiring

ApiKeyId = Annotated[str, Path(pattern=ids.API_KEY_ID)]
ME = problems(401, 403, 404, 422, 429, 502, 503, 504)
NO_STORE = {"Cache-Control": "no-store"}
WRONG_PASSWORD = "wrong-password"  # noqa: S105  # a problem's name


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["account"])
    users = wiring.users

    @router.post(
        "/v1/users",
        operation_id="sign_up",
        status_code=status.HTTP_201_CREATED,
        response_model=User,
        responses=problems(409, 415, 422, 429, 502, 503, 504),
    )
    async def sign_up(wanted: SignUp, request: Request) -> Response:
        """Make an account. The password has 8 to 128 characters."""
        await wiring.limiter.hit_address(address(request))
        answer = await users.call(
            "POST", "/v1/users", json_body=wanted.model_dump(), headers=told(request)
        )
        return answer.response({"Location": "/v1/me", **NO_STORE})

    @router.get("/v1/me", operation_id="get_me", response_model=User, responses=ME)
    async def get_me(owner: Owner) -> Response:
        return (await users.call("GET", f"/v1/users/{owner.user_id}")).response()

    @router.patch(
        "/v1/me", operation_id="change_me", response_model=User, responses={**ME, **problems(415)}
    )
    async def change_me(request: Request, owner: Owner, change: AccountChange) -> Response:
        """A new password ends all other sessions; who guesses the current one is slowed down."""
        body, path = change.model_dump(exclude_unset=True), f"/v1/users/{owner.user_id}"
        headers = told(request, owner)
        if change.current_password is None:
            return (await users.call("PATCH", path, json_body=body, headers=headers)).response()
        tried = await wiring.guesses.begin(owner.user_id, address(request))
        try:
            answer = await users.call("PATCH", path, json_body=body, headers=headers)
        except Problem as problem:
            # Of a late answer nobody knows whether a password was looked at for it.
            if problem.slug != WRONG_PASSWORD and not isinstance(problem, UpstreamTimeout):
                await wiring.guesses.forget(tried)
            raise
        await wiring.guesses.forget(tried)
        return answer.response()

    @router.delete(
        "/v1/me", operation_id="delete_me", status_code=status.HTTP_202_ACCEPTED, responses=ME
    )
    async def delete_me(owner: Owner) -> None:
        """Remove the user, keys, sessions, images and results. The images are marked first: if
        the account cannot be removed now, asking again does the rest."""
        await wiring.results.call("DELETE", f"/v1/users/{owner.user_id}")
        await users.call("DELETE", f"/v1/users/{owner.user_id}")

    @router.get(
        "/v1/me/api-keys", operation_id="list_api_keys", response_model=ApiKeyPage, responses=ME
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
        "/v1/me/api-keys",
        operation_id="make_api_key",
        status_code=status.HTTP_201_CREATED,
        response_model=NewApiKey,
        responses={**ME, **problems(415)},
    )
    async def make_api_key(request: Request, owner: Owner, wanted: ApiKeyRequest) -> Response:
        answer = await users.call(
            "POST",
            f"/v1/users/{owner.user_id}/api-keys",
            json_body=wanted.model_dump(exclude_none=True),
            headers=told(request, owner),
        )
        return answer.response(NO_STORE)

    @router.delete(
        "/v1/me/api-keys/{api_key_id}",
        operation_id="delete_api_key",
        status_code=status.HTTP_204_NO_CONTENT,
        responses=ME,
    )
    async def delete_api_key(request: Request, owner: Owner, api_key_id: ApiKeyId) -> None:
        path = f"/v1/users/{owner.user_id}/api-keys/{api_key_id}"
        await users.call("DELETE", path, headers=told(request, owner))

    @router.get(
        "/v1/me/webhook-secret",
        operation_id="webhook_secret",
        response_model=WebhookSecret,
        responses=ME,
    )
    async def webhook_secret(owner: Owner) -> Response:
        """What webhook messages are signed with."""
        answer = await users.call("GET", f"/v1/users/{owner.user_id}/webhook-secret")
        return answer.response(NO_STORE)

    @router.get("/v1/me/usage", operation_id="usage", response_model=Usage, responses=ME)
    async def usage(
        owner: Owner,
        month: Annotated[str | None, Query(pattern=r"^2\d{3}-(0[1-9]|1[0-2])$")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        """The bill of a month: totals, a line per analysis, what is left of the quota; and how much
        of the storage for images is taken."""
        given = {"month": month, "limit": str(limit), "cursor": cursor}
        params = {name: value for name, value in given.items() if value is not None}
        user = f"/v1/users/{owner.user_id}"
        bill, storage = await asyncio.gather(
            users.call("GET", f"{user}/usage", params=params), _storage(f"{user}/storage")
        )
        return JSONResponse({**bill.json(), "storage": storage}, headers=NO_STORE)

    async def _storage(path: str) -> dict[str, Any] | None:
        """None while result-service cannot tell: the bill is not its."""
        try:
            return dict((await wiring.results.call("GET", path)).json())
        except NOT_ANSWERED:
            return None

    return router
