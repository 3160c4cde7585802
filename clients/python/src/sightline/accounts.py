"""Flows of accounts: signing up and in, keys, the bill; and what admins do."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sightline.models import (
    Analysis,
    ApiKeyPage,
    DeadLetterPage,
    FunctionState,
    NewApiKey,
    SystemStatus,
    Usage,
    User,
    UserPage,
)
from sightline.requests import Call, Flow
from sightline.sending import get_json, send, take_tokens
from sightline.settings import Settings


def sign_up(
    settings: Settings, email: str, password: str, *, display_name: str | None = None
) -> Flow[User]:
    """Make an account. Raises Conflict where the address has one."""
    account = {"email": email, "password": password}
    account |= {} if display_name is None else {"display_name": display_name}
    call = Call("POST", "/v1/users", json=account, open=True)
    return cast(User, (yield from send(settings, call)).json())


def sign_in(settings: Settings, email: str, password: str) -> Flow[None]:
    """From here on the client calls as this account. Raises SignInFailed."""
    form = {"grant_type": "password", "username": email, "password": password}
    yield from take_tokens(settings, form)


def sign_out(settings: Settings) -> Flow[None]:
    if settings.refresh_token is not None:
        form = {"token": settings.refresh_token}
        yield from send(settings, Call("POST", "/v1/oauth/revoke", form=form, open=True))
    settings.access_token = settings.refresh_token = None


def me(settings: Settings) -> Flow[User]:
    return cast(User, (yield from get_json(settings, "/v1/me")))


def usage(settings: Settings, *, month: str | None = None, limit: int = 20) -> Flow[Usage]:
    """`month`: as 2026-11, this one by default."""
    return cast(Usage, (yield from get_json(settings, "/v1/me/usage", month=month, limit=limit)))


def api_keys(
    settings: Settings, *, cursor: str | None = None, limit: int = 100
) -> Flow[ApiKeyPage]:
    path = "/v1/me/api-keys"
    return cast(ApiKeyPage, (yield from get_json(settings, path, cursor=cursor, limit=limit)))


def make_api_key(
    settings: Settings, name: str, scopes: Sequence[str], *, expires_at: str | None = None
) -> Flow[NewApiKey]:
    """`key` is shown this once. `expires_at`: RFC 3339."""
    body: dict[str, Any] = {"name": name, "scopes": list(scopes)}
    body |= {} if expires_at is None else {"expires_at": expires_at}
    return cast(
        NewApiKey, (yield from send(settings, Call("POST", "/v1/me/api-keys", json=body))).json()
    )


def delete_api_key(settings: Settings, api_key_id: str) -> Flow[None]:
    yield from send(settings, Call("DELETE", f"/v1/me/api-keys/{api_key_id}"))


def webhook_secret(settings: Settings) -> Flow[str]:
    secret: str = (yield from get_json(settings, "/v1/me/webhook-secret"))["secret"]
    return secret


def status(settings: Settings) -> Flow[SystemStatus]:
    """Public: services, engines and objectives."""
    reply = yield from send(settings, Call("GET", "/v1/status", open=True))
    return cast(SystemStatus, reply.json())


def function(settings: Settings) -> Flow[FunctionState]:
    """For admins: the image function."""
    return cast(FunctionState, (yield from get_json(settings, "/v1/function")))


def change_function(settings: Settings, changes: Mapping[str, Any]) -> Flow[FunctionState]:
    """For admins. Null gives a setting back to the workers."""
    call = Call("PATCH", "/v1/function", json=dict(changes))
    return cast(FunctionState, (yield from send(settings, call)).json())


def dead_letters(
    settings: Settings, *, cursor: str | None = None, limit: int = 100
) -> Flow[DeadLetterPage]:
    """For admins: failed invocations of all users."""
    path = "/v1/dead-letters"
    return cast(DeadLetterPage, (yield from get_json(settings, path, cursor=cursor, limit=limit)))


def redrive(settings: Settings, analysis_id: str) -> Flow[Analysis]:
    """For admins: run a failed invocation again; the same new analysis however often."""
    call = Call("POST", f"/v1/dead-letters/{analysis_id}/redrive")
    return cast(Analysis, (yield from send(settings, call)).json())


def users(settings: Settings, *, cursor: str | None = None, limit: int = 100) -> Flow[UserPage]:
    """For admins."""
    return cast(UserPage, (yield from get_json(settings, "/v1/users", cursor=cursor, limit=limit)))


def change_user(settings: Settings, user_id: str, changes: Mapping[str, Any]) -> Flow[User]:
    """For admins: `monthly_quota`, `suspended`."""
    call = Call("PATCH", f"/v1/users/{user_id}", json=dict(changes))
    return cast(User, (yield from send(settings, call)).json())
