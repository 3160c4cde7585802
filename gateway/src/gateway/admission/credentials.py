"""The caller of a request: access tokens are checked here, API keys at user-service."""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import jwt
import structlog
from fastapi import Request
from sightline_contracts import ids
from sightline_contracts.problems import Problem

from gateway.admission.rate_limits import RateLimiter
from gateway.errors import ContractViolation, Forbidden, Suspended, Unauthorized, UpstreamProblem
from gateway.upstream.answers import Answer
from gateway.upstream.user_concurrency import current_user
from gateway.upstream.users import UserService

API_KEY_CACHE_S = 30
API_KEYS_CACHED = 10_000
TOKENS_CACHED = 10_000
UNAUTHORIZED = 401
_log = structlog.get_logger()


@dataclass(frozen=True)
class Principal:
    """The caller. The rate limit counts on `limit_key`; `session` is the id of the session whose token
    was shown, `api_key` the key that was; `ends_at` is the credential's end in seconds since the
    epoch."""

    user_id: str
    scopes: frozenset[str]
    limit_key: str
    session: str | None = None
    ends_at: float | None = None
    api_key: str | None = field(default=None, repr=False)

    @property
    def renewable(self) -> bool:
        """Whether the credential is a token, which its session replaces before it ends."""
        return self.limit_key == self.user_id

    @property
    def ended(self) -> bool:
        return self.ends_at is not None and self.ends_at <= time.time()


@dataclass(frozen=True)
class _Verified:
    """What a token said when it was verified with `key`."""

    kid: str
    key: jwt.PyJWK
    principal: Principal


class Jwks:
    """user-service's public keys, fetched again when they are old, and for an unknown `kid` at
    most once per interval."""

    def __init__(self, users: UserService, max_age_s: float, min_interval_s: float) -> None:
        self._users = users
        self._max_age_s = max_age_s
        self._min_interval_s = min_interval_s
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, kid: str) -> jwt.PyJWK | None:
        """None for a `kid` that user-service does not publish. Old keys serve on while
        user-service is away."""
        age = time.monotonic() - self._fetched_at
        if age > self._max_age_s or (kid not in self._keys and age > self._min_interval_s):
            await self._refresh(self._fetched_at)
        return self._keys.get(kid)

    async def _refresh(self, seen: float) -> None:
        async with self._lock:
            if self._fetched_at != seen:
                return  # another request refreshed them while this one waited
            if not self._keys:
                await self._fetch()
                return
            self._fetched_at = time.monotonic()
            try:
                await self._fetch()
            except Problem as problem:
                # The old keys serve on: tokens live for minutes, keys for months.
                _log.warning("jwks_not_renewed", reason=problem.detail)

    async def _fetch(self) -> None:
        document = (await self._users.jwks()).json()
        self._keys = {key["kid"]: jwt.PyJWK(key, algorithm="EdDSA") for key in document["keys"]}
        self._fetched_at = time.monotonic()


class Credentials:
    """Raises Unauthorized, Suspended; Unavailable when user-service is needed and does not answer."""

    def __init__(self, users: UserService, jwks: Jwks, issuer: str, audience: str) -> None:
        self._users = users
        self._issuer = issuer
        self._audience = audience
        self._jwks = jwks
        self._known_ids: OrderedDict[str, float] = OrderedDict()
        self._api_keys: OrderedDict[str, tuple[float, Principal]] = OrderedDict()
        self._tokens: OrderedDict[bytes, _Verified] = OrderedDict()

    async def of(self, request: Request) -> Principal:
        """The caller of a request, by its `Authorization` or `X-API-Key` header."""
        authorization = request.headers.get("Authorization")
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer" or not token:
                raise Unauthorized("Send Authorization: Bearer, or X-API-Key.")
            return await self._by_token(token.strip())
        api_key = request.headers.get("X-API-Key")
        if api_key:
            return await self.by_api_key(api_key)
        raise Unauthorized("Send an access token or an API key.")

    async def _by_token(self, token: str) -> Principal:
        """A token is verified once, until it ends or its key is fetched anew."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._tokens.get(digest)
        if known is not None and await self._jwks.key(known.kid) is known.key:
            if not known.principal.ended:
                return known.principal
            raise Unauthorized("The access token has expired.")
        verified = await self._verify(token)
        self._tokens[digest] = verified
        while len(self._tokens) > TOKENS_CACHED:
            self._tokens.popitem(last=False)
        return verified.principal

    async def _verify(self, token: str) -> _Verified:
        try:
            header = jwt.get_unverified_header(token)
            kid = str(header.get("kid", ""))
            key = await self._jwks.key(kid)
            # The algorithm comes from the key, never from the token's header.
            if key is None or str(header.get("typ", "")).lower() != "at+jwt":
                raise Unauthorized("The access token is not valid.")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized("The access token has expired.") from error
        except (jwt.PyJWTError, ValueError) as error:
            raise Unauthorized("The access token is not valid.") from error
        user_id = str(claims["sub"])
        scopes = frozenset(str(claims.get("scope", "")).split())
        session = f"se_{claims.get('sid')}"
        session_id = session if ids.is_id("se", session) else None
        principal = Principal(user_id, scopes, user_id, session_id, float(claims["exp"]))
        return _Verified(kid, key, principal)

    async def by_api_key(self, api_key: str) -> Principal:
        """The caller of an API key, remembered for API_KEY_CACHE_S."""
        cached = self._api_keys.get(api_key)
        fresh = cached is not None and time.monotonic() - cached[0] < API_KEY_CACHE_S
        if cached is not None and fresh and not cached[1].ended:
            return cached[1]
        return await self.look_up(api_key)

    async def look_up(self, api_key: str) -> Principal:
        """The caller of an API key as user-service knows it now."""
        try:
            answer = await self._users.verify_api_key(api_key)
        except UpstreamProblem as problem:
            self._api_keys.pop(api_key, None)
            raise _refused(problem, "The API key is not valid.") from problem
        principal = replace(_holder(answer), api_key=api_key)
        self._api_keys[api_key] = (time.monotonic(), principal)
        while len(self._api_keys) > API_KEYS_CACHED:
            self._api_keys.popitem(last=False)
        return principal

    async def require_known(self, key_id: str) -> None:
        """Check that a signature's key exists before the signed body is read. Raises Unauthorized,
        Suspended."""
        known = self._known_ids.get(key_id)
        if known is not None and time.monotonic() - known < API_KEY_CACHE_S:
            return
        try:
            await self._users.find_api_key(key_id)
        except UpstreamProblem as problem:
            raise _refused(problem, "The signature is not valid.") from problem
        except ContractViolation:
            return  # an older user-service cannot tell; the signature decides
        self._known_ids[key_id] = time.monotonic()
        while len(self._known_ids) > API_KEYS_CACHED:
            self._known_ids.popitem(last=False)

    async def by_signature(self, signed: Mapping[str, str]) -> Principal:
        """The caller whose API key signed a request. user-service is asked each time, so that a key
        that has ended is refused at once."""
        try:
            return _holder(await self._users.verify_signature(signed))
        except UpstreamProblem as problem:
            raise _refused(problem, "The signature is not valid.") from problem


def _refused(problem: UpstreamProblem, detail: str) -> Problem:
    """The problem for a caller whose key user-service refused."""
    if problem.slug == Suspended.slug:
        return Suspended()
    return Unauthorized(detail) if problem.status in (UNAUTHORIZED, 413, 422) else problem


def _holder(answer: Answer) -> Principal:
    holder = answer.json()
    end = holder.get("expires_at")  # an older user-service tells none
    return Principal(
        holder["user_id"],
        frozenset(holder["scopes"]),
        holder["key_id"],
        ends_at=None if end is None else datetime.fromisoformat(end).timestamp(),
    )


class Admission:
    """Lets a caller in: within the rate limit, with the scopes that it needs."""

    def __init__(self, credentials: Credentials, limiter: RateLimiter) -> None:
        self._credentials = credentials
        self._limiter = limiter

    async def of_request(self, request: Request, *scopes: str) -> Principal:
        """The caller of a request. Raises what Credentials and `admit` do."""
        return await self.admit(await self._credentials.of(request), *scopes)

    async def admit(self, principal: Principal, *scopes: str) -> Principal:
        """Raises RateLimited, Forbidden."""
        await self._limiter.hit(principal.limit_key, principal.user_id)
        current_user.set(principal.user_id)
        missing = [scope for scope in scopes if scope not in principal.scopes]
        if missing:
            raise Forbidden(f"This needs the scope {missing[0]}.")
        return principal
