"""Token requests: user-service answers them, the gateway slows down whoever guesses."""

from urllib.parse import parse_qsl

from fastapi import Request, status
from sightline_contracts.problems import Problem

from gateway.admission.client import address, told
from gateway.admission.rate_limits import Limiter
from gateway.admission.sign_in_throttle import Guesses
from gateway.errors import UpstreamTimeout
from gateway.upstream.answers import Answer
from gateway.upstream.client import Upstream

FORM = "application/x-www-form-urlencoded"
BAD_REQUEST = 400


class Grants:
    """Raises RateLimited, and what a call of user-service does but for its 400 (RFC 6749 §5.2)."""

    def __init__(self, users: Upstream, guesses: Guesses, limiter: Limiter) -> None:
        self._users = users
        self._guesses = guesses
        self._limiter = limiter

    async def token(self, request: Request, form: bytes, media_type: str = FORM) -> Answer:
        await self._limiter.hit_address(address(request))
        account = _account(form)
        if account is None:
            return await self._pass(request, "/v1/oauth/token", form, media_type)
        return await self._sign_in(request, account, form, media_type)

    async def revoke(self, request: Request, form: bytes, media_type: str = FORM) -> Answer:
        await self._limiter.hit_address(address(request))
        return await self._pass(request, "/v1/oauth/revoke", form, media_type)

    async def _sign_in(
        self, request: Request, account: str, form: bytes, media_type: str
    ) -> Answer:
        tried = await self._guesses.begin(account, address(request))
        try:
            answer = await self._pass(request, "/v1/oauth/token", form, media_type)
        except Problem as problem:
            # Of a late answer nobody knows whether a password was looked at for it.
            if not isinstance(problem, UpstreamTimeout):
                await self._guesses.forget(tried)
            raise
        if answer.status == status.HTTP_200_OK:
            await self._guesses.right(tried)
        return answer

    async def _pass(self, request: Request, path: str, form: bytes, media_type: str) -> Answer:
        headers = {**told(request), "Content-Type": media_type}
        return await self._users.call("POST", path, data=form, headers=headers, also=BAD_REQUEST)


def _account(body: bytes) -> str | None:
    """Whose password the form holds; None where it is no sign-in. What cannot be read here is read
    by user-service in the same way, and refused."""
    try:
        form = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError:
        return None
    return form.get("username", "") if form.get("grant_type") == "password" else None
