"""Sends a call until it is answered: again after what passes by itself, and with a new access token."""

import uuid
from dataclasses import replace
from typing import Any

from sightline.errors import ApiError, ConnectionFailed, of_reply
from sightline.requests import Call, Flow, Pause, Reply
from sightline.settings import PAUSE_AT_MOST_S, Settings, pause_s

ERROR = 400
UNAUTHORIZED = 401
UNREPEATABLE = frozenset({"POST", "PATCH"})
PASSING = frozenset(
    {
        "rate-limited",
        "request-in-flight",
        "unavailable",
        "overloaded",
        "draining",
        "upstream-failed",
        "upstream-timeout",
        "deadline-exceeded",
    }
)
"""Types of problems that go away by themselves."""


def send(settings: Settings, call: Call) -> Flow[Reply]:
    """The answer. A call is sent again only where that makes nothing twice: by its method, or by its
    Idempotency-Key. Raises what `errors` has."""
    repeatable = call.method not in UNREPEATABLE or "Idempotency-Key" in call.headers
    renewed, attempt = call.open or settings.refresh_token is None, 0
    while True:
        known = {} if call.open else settings.credentials()
        pause: float | None
        try:
            reply: Reply = yield replace(call, headers={**call.headers, **known})
        except ConnectionFailed:
            pause = pause_s(attempt)
            if not repeatable or attempt >= settings.retries:
                raise
        else:
            if reply.status < ERROR:
                return reply
            if reply.status == UNAUTHORIZED and not renewed:
                renewed = True
                yield from renew(settings)
                continue
            error = of_reply(reply)
            pause = _pause(error, attempt)
            if pause is None or not repeatable or attempt >= settings.retries:
                raise error
        yield Pause(pause)
        attempt += 1


def _pause(error: Exception, attempt: int) -> float | None:
    """None where waiting does not help, or would take too long."""
    if not isinstance(error, ApiError) or error.type.rpartition("/")[2] not in PASSING:
        return None
    pause = pause_s(attempt) if error.retry_after_s is None else error.retry_after_s
    return pause if pause <= PAUSE_AT_MOST_S else None


def get_json(settings: Settings, path: str, **params: Any) -> Flow[Any]:
    given = {name: _written(value) for name, value in params.items() if value is not None}
    reply = yield from send(settings, Call("GET", path, params=given))
    return reply.json()


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def keyed(idempotency_key: str | None) -> dict[str, str]:
    """A key of its own for each call, so that sending it again makes nothing twice."""
    return {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}


def renew(settings: Settings) -> Flow[None]:
    """A new access token for the refresh token. Raises SignInFailed where that is no good any more."""
    form = {"grant_type": "refresh_token", "refresh_token": settings.refresh_token}
    yield from take_tokens(settings, form)


def take_tokens(settings: Settings, form: dict[str, Any]) -> Flow[None]:
    reply = yield from send(settings, Call("POST", "/v1/oauth/token", form=form, open=True))
    tokens = reply.json()
    settings.access_token, settings.refresh_token = tokens["access_token"], tokens["refresh_token"]
