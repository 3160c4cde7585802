"""Sign-in (OAuth 2.0 password and refresh_token grants): access tokens, and refresh tokens that
are used once. A refresh token that comes a second time was stolen from one of two who hold it:
its whole family is revoked."""

import hashlib
import re
import secrets
import time
from typing import Any

import jwt
from sightline_contracts import loader
from ulid import ULID

from user_service.errors import GrantRefused
from user_service.passwords import Passwords
from user_service.signing_keys import TOKEN_TTL_S, SigningKeys
from user_service.table import (
    ConditionFailed,
    Item,
    Table,
    expired,
    put,
    require,
    update,
    user_pk,
)
from user_service.users import PROFILE, Users

REFRESH_TTL_S = int(loader.sla("user-service").settings["refresh_token_ttl_s"])
_TOKEN = re.compile(r"([0-9a-z]{26})\.([0-9a-z]{26})\.[A-Za-z0-9_-]{43}")


class Sessions:
    """Raises GrantRefused with the codes of RFC 6749 §5.2."""

    def __init__(
        self, table: Table, users: Users, passwords: Passwords, keys: SigningKeys,
        issuer: str, audience: str,
    ) -> None:  # fmt: skip
        self._table = table
        self._users = users
        self._passwords = passwords
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    async def by_password(self, email: str, password: str) -> dict[str, Any]:
        """The token answer of RFC 6749 §5.1."""
        profile = await self._users.by_email(email)
        stored = None if profile is None else profile["password_hash"]
        right, renewed = await self._passwords.verify(password, stored)
        if profile is None or not right:
            raise GrantRefused("invalid_grant", "The e-mail address or the password is not right.")
        if renewed is not None:
            await self._users.store_hash(profile["user_id"], renewed)
        family = str(ULID()).lower()
        token, item = _new_refresh_token(profile["user_id"], family)
        await self._write(require(user_pk(profile["user_id"]), PROFILE), put(item))
        return await self._answer(profile, family, token)

    async def by_refresh_token(self, token: str) -> dict[str, Any]:
        user_id, family, sk = _parse(token)
        stored = await self._table.get(user_pk(user_id), sk)
        profile = await self._users.profile(user_id)
        if stored is None or profile is None or expired(stored):
            raise GrantRefused("invalid_grant", "The refresh token is not valid.")
        fresh, item = _new_refresh_token(user_id, family)
        used = update(
            user_pk(user_id), sk, "SET used = :yes", {":yes": True, ":no": False}, "used = :no"
        )
        try:
            await self._table.write(used, put(item))
        except ConditionFailed as error:
            await self._revoke(user_id, family)
            detail = "The refresh token was used before; sign in again."
            raise GrantRefused("invalid_grant", detail) from error
        return await self._answer(profile, family, fresh)

    async def revoke(self, token: str) -> None:
        """RFC 7009: end the session of a refresh token; an unknown token is no error."""
        try:
            user_id, family, sk = _parse(token)
        except GrantRefused:
            return
        if await self._table.get(user_pk(user_id), sk) is not None:
            await self._revoke(user_id, family)

    async def revoke_all(self, user_id: str) -> None:
        items = await self._table.query(user_pk(user_id), "REFRESH#")
        await self._table.remove_all([(item["pk"], item["sk"]) for item in items])

    async def _revoke(self, user_id: str, family: str) -> None:
        items = await self._table.query(user_pk(user_id), f"REFRESH#{family}#")
        await self._table.remove_all([(item["pk"], item["sk"]) for item in items])

    async def _write(self, *writes: Any) -> None:
        try:
            await self._table.write(*writes)
        except ConditionFailed as error:
            raise GrantRefused("invalid_grant", "The account is gone.") from error

    async def _answer(self, profile: Item, family: str, refresh_token: str) -> dict[str, Any]:
        now = int(time.time())
        scope = " ".join(profile["scopes"])
        kid, key = await self._keys.current()
        claims = {
            "iss": self._issuer, "aud": self._audience, "sub": profile["user_id"], "iat": now,
            "exp": now + TOKEN_TTL_S, "jti": str(ULID()).lower(), "scope": scope, "sid": family,
        }  # fmt: skip
        headers = {"kid": kid, "typ": "at+jwt"}
        return {
            "access_token": jwt.encode(claims, key, algorithm="EdDSA", headers=headers),
            "token_type": "Bearer",
            "expires_in": TOKEN_TTL_S,
            "refresh_token": refresh_token,
            "scope": scope,
        }


def _new_refresh_token(user_id: str, family: str) -> tuple[str, Item]:
    """256 random bits; user and family before them only say where its digest lies."""
    token = f"{user_id.removeprefix('us_')}.{family}.{secrets.token_urlsafe(32)}"
    return token, {
        "pk": user_pk(user_id),
        "sk": _sort_key(family, token),
        "used": False,
        "expires_at": int(time.time()) + REFRESH_TTL_S,
    }


def _parse(token: str) -> tuple[str, str, str]:
    """User id, family and sort key of a refresh token."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise GrantRefused("invalid_grant", "The refresh token is not valid.")
    return f"us_{match[1]}", match[2], _sort_key(match[2], token)


def _sort_key(family: str, token: str) -> str:
    return f"REFRESH#{family}#{hashlib.sha256(token.encode()).hexdigest()}"
