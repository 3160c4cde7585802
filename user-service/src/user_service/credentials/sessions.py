"""Sign-in (OAuth 2.0 password and refresh_token grants): sessions, their access tokens, and refresh
tokens that are used once. A refresh token that comes a second time was stolen from one of two who
hold it: its whole session ends. For GRACE_S its holder is given the same child again, so that
requests that a client has sent at once do not end it."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import jwt
from sightline_contracts import cursors, ids
from sightline_contracts.problems import NotFound
from ulid import ULID

from user_service import caller
from user_service.accounts.passwords import Passwords
from user_service.accounts.trail import NOBODY, Trail
from user_service.accounts.users import Users, scopes_of
from user_service.credentials.refresh_tokens import (
    RefreshToken,
    RefreshTokens,
    family_prefix,
    parse,
)
from user_service.credentials.signing_keys import SigningKeys
from user_service.errors import GrantRefused, SignInRefused
from user_service.table import (
    PROFILE,
    ConditionFailed,
    Item,
    Table,
    Write,
    expired,
    put,
    require,
    update,
    user_pk,
)

GRACE_S = 10


def public(item: Item) -> dict[str, Any]:
    session_id = _id(item["sk"].removeprefix("SESSION#"))
    return {
        "id": session_id,
        "created_at": item["created_at"],
        "last_used_at": item["last_used_at"],
        "user_agent": item.get("agent"),
        "current": session_id == caller.current().session,
    }


class Sessions:
    """Grants raise GrantRefused with the codes of RFC 6749 §5.2."""

    def __init__(
        self,
        table: Table,
        users: Users,
        passwords: Passwords,
        keys: SigningKeys,
        tokens: RefreshTokens,
        trail: Trail,
        issuer: str,
        audience: str,
    ) -> None:
        self._table = table
        self._users = users
        self._passwords = passwords
        self._keys = keys
        self._tokens = tokens
        self._trail = trail
        self._issuer = issuer
        self._audience = audience

    async def by_password(self, email: str, password: str) -> dict[str, Any]:
        """The token answer of RFC 6749 §5.1. An unknown account costs what a wrong password does."""
        profile = await self._users.by_email(email)
        stored = None if profile is None else profile["password_hash"]
        right, renewed = await self._passwords.verify(password, stored)
        if profile is None or not right:
            await self._trail.refused(NOBODY if profile is None else profile["user_id"])
            raise GrantRefused("invalid_grant", "The e-mail address or the password is not right.")
        if profile.get("suspended"):
            raise GrantRefused("invalid_grant", "The account is suspended.")
        return await self._begun(profile, renewed)

    async def by_identity(self, profile: Item) -> dict[str, Any]:
        """The token answer of RFC 6749 §5.1 for an account whose owner a provider has named. Raises
        SignInRefused."""
        if profile.get("suspended"):
            raise SignInRefused("The account is suspended.")
        try:
            return await self._begun(profile, None)
        except GrantRefused as error:
            raise SignInRefused(error.description) from error

    async def _begun(self, profile: Item, renewed: str | None) -> dict[str, Any]:
        """A session of an account that has proved to be the caller's. `renewed`: a new hash of the password."""
        stored = profile["password_hash"]
        token = self._tokens.first(profile["user_id"], str(ULID()).lower())
        # The password may be changed, and sessions ended for it, between the look and the write; who
        # changes it sees by the count that somebody has signed in since the sessions were looked at.
        still = update(
            user_pk(token.user_id),
            PROFILE,
            "SET password_hash = :now ADD sessions_begun :one",
            {":hash": stored, ":now": renewed or stored, ":one": 1},
            "password_hash = :hash AND attribute_not_exists(suspended)",
        )
        created = self._trail.entry(token.user_id, "session.created", _id(token.family))
        try:
            await self._table.write(
                still, put(self._tokens.item(token)), put(self._session(token)), created
            )
        except ConditionFailed as error:
            raise GrantRefused("invalid_grant", "The account has changed; try again.") from error
        return await self._answer(profile, token)

    async def by_refresh_token(self, token: str) -> dict[str, Any]:
        parent = parse(token)
        stored = await self._table.get(user_pk(parent.user_id), parent.sk)
        profile = await self._users.profile(parent.user_id)
        if stored is None or profile is None or expired(stored) or profile.get("suspended"):
            raise GrantRefused("invalid_grant", "The refresh token is not valid.")
        child = self._tokens.following(parent)
        used = update(
            user_pk(parent.user_id),
            parent.sk,
            "SET used = :yes, used_at = :now",
            {":yes": True, ":no": False, ":now": int(time.time() * 1000)},
            "used = :no",
        )
        touched = self._touched(parent, tracked=bool(stored.get("tracked")))
        let_in = require(user_pk(parent.user_id), PROFILE, "attribute_not_exists(suspended)")
        try:
            await self._table.write(let_in, used, put(self._tokens.item(child)), touched)
        except ConditionFailed as error:
            if 0 in error.failed:
                raise GrantRefused("invalid_grant", "The refresh token is not valid.") from error
            await self._require_grace(parent, child)
        return await self._answer(profile, child)

    async def _require_grace(self, parent: RefreshToken, child: RefreshToken) -> None:
        """The parent was used before, or its session has ended. Raises GrantRefused unless the use
        was a moment ago and nobody has gone on from the child."""
        pk = user_pk(parent.user_id)
        stored = await self._table.get(pk, parent.sk)
        following = await self._table.get(pk, child.sk)
        session = await self._table.get(pk, _sk(parent.family))
        ended = stored is None or (session is None and bool(stored.get("tracked")))
        if stored is None or ended or not stored["used"]:
            raise GrantRefused("invalid_grant", "The refresh token is not valid.")
        since_ms = time.time() * 1000 - float(stored.get("used_at", 0))
        if following is not None and not following["used"] and since_ms <= GRACE_S * 1000:
            return
        reuse = self._trail.entry(parent.user_id, "token.reuse_detected", _id(parent.family))
        await self._end(parent.user_id, [parent.family], reuse)
        raise GrantRefused("invalid_grant", "The refresh token was used before; sign in again.")

    async def revoke(self, token: str) -> None:
        """RFC 7009: end the session of a refresh token; an unknown token is no error."""
        try:
            held = parse(token)
        except GrantRefused:
            return
        if await self._table.get(user_pk(held.user_id), held.sk) is not None:
            told = self._trail.entry(held.user_id, "session.revoked", _id(held.family))
            await self._end(held.user_id, [held.family], told)

    async def list(
        self, user_id: str, limit: int, cursor: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page, newest first, and the cursor of the next one. Raises InvalidRequest."""
        family = None if cursor is None else cursors.decode(cursor, "se").removeprefix("se_")
        after = None if family is None else _sk(family)
        items = await self._table.query(
            user_pk(user_id), "SESSION#", limit=limit + 1, newest_first=True, after=after
        )
        shown = [public(item) for item in items[:limit]]
        following = cursors.encode(shown[-1]["id"]) if len(items) > limit else None
        live = [one for one, item in zip(shown, items, strict=False) if not expired(item)]
        return live, following

    async def end(self, user_id: str, session_id: str) -> None:
        """Raises NotFound."""
        family = session_id.removeprefix("se_")
        if await self._table.get(user_pk(user_id), _sk(family)) is None:
            raise NotFound
        await self._end(
            user_id, [family], self._trail.entry(user_id, "session.revoked", session_id)
        )

    async def end_all(self, user_id: str) -> None:
        items = await self._table.query(user_pk(user_id), "SESSION#")
        items += await self._table.query(user_pk(user_id), "REFRESH#")
        families = {item["sk"].split("#")[1] for item in items}
        if families:
            await self._end(
                user_id, sorted(families), self._trail.entry(user_id, "sessions.revoked")
            )

    async def what_holds(self, user_id: str, *, but: str | None) -> Sequence[tuple[str, str]]:
        """Keys of the items without which no session goes on, other than the one with the id `but`,
        newest first: each session's own, and tokens of a version without sessions."""
        kept = (but or "").removeprefix("se_")
        items = await self._table.query(user_pk(user_id), "SESSION#", newest_first=True)
        tokens = await self._table.query(user_pk(user_id), "REFRESH#", newest_first=True)
        items += [one for one in tokens if not one.get("tracked")]
        return [(one["pk"], one["sk"]) for one in items if one["sk"].split("#")[1] != kept]

    async def clear(self, user_id: str) -> None:
        """Remove tokens whose session has ended; they are good for nothing."""
        pk = user_pk(user_id)
        tokens = [one for one in await self._table.query(pk, "REFRESH#") if one.get("tracked")]
        # Looked at after the tokens: one that has begun meanwhile has its session by now.
        sessions = {one["sk"].split("#")[1] for one in await self._table.query(pk, "SESSION#")}
        left = [one for one in tokens if one["sk"].split("#")[1] not in sessions]
        await self._table.remove_all([(one["pk"], one["sk"]) for one in left])

    async def _end(self, user_id: str, families: Sequence[str], told: Write) -> None:
        """The session's own item goes first: without it none of its tokens has a child any more,
        and those that are there are found."""
        pk = user_pk(user_id)
        try:
            await self._table.write(require(pk, PROFILE), told)
        except ConditionFailed:
            return  # the account is gone, and all of this with it
        await self._table.remove_all([(pk, _sk(family)) for family in families])
        for family in families:
            items = await self._table.query(pk, family_prefix(family))
            await self._table.remove_all([(item["pk"], item["sk"]) for item in items])

    async def _answer(self, profile: Item, token: RefreshToken) -> dict[str, Any]:
        now = int(time.time())
        scope = " ".join(scopes_of(profile))
        kid, key = await self._keys.current()
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": token.user_id,
            "iat": now,
            "exp": now + self._keys.token_ttl_s,
            "jti": str(ULID()).lower(),
            "scope": scope,
            "sid": token.family,
        }
        headers = {"kid": kid, "typ": "at+jwt"}
        return {
            "access_token": jwt.encode(claims, key, algorithm="EdDSA", headers=headers),
            "token_type": "Bearer",
            "expires_in": self._keys.token_ttl_s,
            "refresh_token": token.token,
            "scope": scope,
        }

    def _session(self, token: RefreshToken) -> Item:
        return {
            "pk": user_pk(token.user_id),
            "sk": _sk(token.family),
            "created_at": ids.now(),
            "last_used_at": ids.now(),
            "agent": caller.current().agent,
            "expires_at": self._tokens.expires_at(),
        }

    def _touched(self, token: RefreshToken, *, tracked: bool) -> Write:
        """The session was used. It must be there, but for a token that knows of none: that one's is made."""
        made = datetime.fromtimestamp(ids.milliseconds_of(_id(token.family)) / 1000, UTC)
        return update(
            user_pk(token.user_id),
            _sk(token.family),
            "SET last_used_at = :now, expires_at = :end, created_at = if_not_exists(created_at, :made)",
            {
                ":now": ids.now(),
                ":end": self._tokens.expires_at(),
                ":made": ids.rfc3339(made),
            },
            "attribute_exists(pk)" if tracked else "",
        )


def _id(family: str) -> str:
    return f"se_{family}"


def _sk(family: str) -> str:
    return f"SESSION#{family}"
