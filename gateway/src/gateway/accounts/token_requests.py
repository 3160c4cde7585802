"""Token requests: user-service answers them, the gateway slows down whoever guesses passwords."""

from urllib.parse import parse_qsl

from fastapi import Request, status
from sightline_contracts.problems import Problem

from gateway.admission.client import client_address, client_headers
from gateway.admission.rate_limits import RateLimiter
from gateway.admission.sign_in_throttle import SignInThrottle
from gateway.errors import UpstreamTimeout
from gateway.upstream.answers import Answer
from gateway.upstream.users import UserService

FORM = "application/x-www-form-urlencoded"


class TokenRequests:
    """Raises RateLimited, and what a call of user-service does but for its 400 (RFC 6749 §5.2)."""

    def __init__(self, users: UserService, throttle: SignInThrottle, limiter: RateLimiter) -> None:
        self._users = users
        self._throttle = throttle
        self._limiter = limiter

    async def token(self, request: Request, form: bytes, media_type: str = FORM) -> Answer:
        """A grant of RFC 6749; an attempt with a password is counted."""
        await self._limiter.hit_address(client_address(request))
        account = _account(form)
        if account is None:
            return await self._users.token(form, _headers(request, media_type))
        attempt = await self._throttle.begin(account, client_address(request))
        try:
            answer = await self._users.token(form, _headers(request, media_type))
        except Problem as problem:
            # After a timeout nobody knows whether a password was checked, so the attempt counts.
            if not isinstance(problem, UpstreamTimeout):
                await self._throttle.discount(attempt)
            raise
        if answer.status == status.HTTP_200_OK:
            await self._throttle.succeeded(attempt)
        return answer

    async def revoke(self, request: Request, form: bytes, media_type: str = FORM) -> Answer:
        """RFC 7009."""
        await self._limiter.hit_address(client_address(request))
        return await self._users.revoke(form, _headers(request, media_type))


def _headers(request: Request, media_type: str) -> dict[str, str]:
    return {**client_headers(request), "Content-Type": media_type}


def _account(body: bytes) -> str | None:
    """The account whose password the form holds; None where the form is no sign-in. A form that
    cannot be read here is read by user-service in the same way, and refused."""
    try:
        form = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError:
        return None
    return form.get("username", "") if form.get("grant_type") == "password" else None
