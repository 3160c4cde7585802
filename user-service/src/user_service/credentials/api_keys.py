"""API keys: `slk_<key id>_<secret>`. The secret is derived from the id and the server key, so
the table has nothing to steal, and a wrong one is refused before the table is asked."""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sightline_contracts import cursors, ids
from sightline_contracts.problems import InvalidRequest, NotFound

from user_service.accounts.trail import Trail
from user_service.accounts.users import Users, scopes_of
from user_service.caller import Credential
from user_service.credentials import aws_signatures as signatures
from user_service.credentials.aws_signatures import Signed
from user_service.errors import InvalidCredentials, KeyOfSuspended, NoSuchUser
from user_service.table import (
    PROFILE,
    ConditionFailed,
    Item,
    Table,
    Write,
    put,
    remove,
    require,
    update,
    user_pk,
)

LAST_USED_EVERY_S = 60
_KEY = re.compile(r"slk_([0-9a-z]{26})_([A-Za-z0-9_-]{43})")


def public(item: Item) -> dict[str, Any]:
    return {
        "id": item["key_id"],
        "name": item["name"],
        "scopes": list(item["scopes"]),
        "created_at": item["created_at"],
        "expires_at": item.get("key_expires_at"),
        "last_used_at": item.get("last_used_at"),
    }


class ApiKeys:
    def __init__(self, table: Table, users: Users, trail: Trail, server_key: bytes) -> None:
        self._table = table
        self._trail = trail
        self._users = users
        self._server_key = server_key

    async def make(
        self,
        user_id: str,
        name: str,
        scopes: list[str],
        expires_at: datetime | None,
        used: Credential,
    ) -> dict[str, Any]:
        """The key with its secret, shown this once. Where no end is asked for, it ends with the
        credential that was used. Raises InvalidRequest, NoSuchUser."""
        profile = await self._users.existing(user_id)
        if not set(scopes) <= set(scopes_of(profile)):
            raise _refused("/scopes", "must be among your own scopes")
        if expires_at is not None and expires_at <= datetime.now(UTC):
            raise _refused("/expires_at", "must be in the future")
        end = expires_at or used.ends
        _require_no_more(used, scopes, end)
        return await self._make(
            user_id, name, sorted(set(scopes)), None if end is None else ids.rfc3339(end)
        )

    async def rotate(
        self, user_id: str, key_id: str, overlap_s: int, used: Credential
    ) -> dict[str, Any]:
        """A new key in the place of another, with its name, scopes and end; the old one goes on for
        `overlap_s` seconds at the most. Raises NotFound, NoSuchUser, InvalidRequest."""
        old = await self._table.get(user_pk(user_id), f"APIKEY#{key_id}")
        if old is None or _ended(old):
            raise NotFound
        # A scope that the user has lost meanwhile is not handed on.
        held = set(scopes_of(await self._users.existing(user_id)))
        scopes = [one for one in old["scopes"] if one in held]
        _require_no_more(used, scopes, _end(old))
        end = ids.rfc3339(datetime.now(UTC) + timedelta(seconds=overlap_s))
        ending = update(
            old["pk"],
            old["sk"],
            "SET key_expires_at = :end",
            {":end": min(end, old.get("key_expires_at") or end)},
            "attribute_exists(pk)",
        )
        return await self._make(
            user_id,
            old["name"],
            scopes,
            old.get("key_expires_at"),
            self._trail.entry(user_id, "api_key.rotated", key_id),
            ending,
        )

    async def _make(
        self, user_id: str, name: str, scopes: Sequence[str], expires_at: str | None, *also: Write
    ) -> dict[str, Any]:
        key_id = ids.new_id("ak")
        item: Item = {
            "pk": user_pk(user_id),
            "sk": f"APIKEY#{key_id}",
            "key_id": key_id,
            "name": name,
            "scopes": list(scopes),
            "created_at": ids.now(),
            "last_used_at": None,
            "key_expires_at": expires_at,
        }
        pointer = {"pk": f"APIKEY#{key_id}", "sk": "APIKEY", "user_id": user_id}
        told = self._trail.entry(user_id, "api_key.created", key_id)
        try:
            await self._table.write(
                require(user_pk(user_id), PROFILE), put(item), put(pointer), told, *also
            )
        except ConditionFailed as error:
            raise NoSuchUser from error
        key = f"slk_{key_id.removeprefix('ak_')}_{self._secret(key_id)}"
        return {**public(item), "key": key}

    async def list(
        self, user_id: str, limit: int, cursor: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page, newest first, and the cursor of the next one. Raises NoSuchUser, InvalidRequest."""
        await self._users.existing(user_id)
        after = None if cursor is None else f"APIKEY#{cursors.decode(cursor, 'ak')}"
        items = await self._table.query(
            user_pk(user_id), "APIKEY#", limit=limit + 1, newest_first=True, after=after
        )
        shown = items[:limit]
        more = len(items) > limit
        return [public(item) for item in shown], (
            cursors.encode(shown[-1]["key_id"]) if more else None
        )

    async def delete(self, user_id: str, key_id: str) -> None:
        """Raises NotFound."""
        try:
            await self._table.write(
                remove(user_pk(user_id), f"APIKEY#{key_id}", must_exist=True),
                remove(f"APIKEY#{key_id}", "APIKEY"),
                self._trail.entry(user_id, "api_key.deleted", key_id),
            )
        except ConditionFailed as error:
            raise NotFound from error

    async def verify(self, key: str) -> dict[str, Any]:
        """Whose key it is and what it may do. Raises InvalidCredentials, KeyOfSuspended."""
        match = _KEY.fullmatch(key)
        key_id = f"ak_{match[1]}" if match else ""
        secret = match[2] if match else ""
        if not hmac.compare_digest(secret, self._secret(key_id)):
            raise InvalidCredentials
        return await self._holder(key_id)

    async def verify_signature(self, signed: Signed) -> dict[str, Any]:
        """Whose key signed the request and what it may do. An unknown key and a wrong signature are
        the same. Raises InvalidCredentials, KeyOfSuspended."""
        expected = signatures.sign(self._secret(signed.key_id), signed)
        if not hmac.compare_digest(signed.signature, expected):
            raise InvalidCredentials
        return await self._holder(signed.key_id)

    async def find(self, key_id: str) -> dict[str, Any]:
        """The holder of a key whose secret is yet to be seen in use. Raises InvalidCredentials,
        KeyOfSuspended."""
        return (await self._found(key_id))[1]

    async def _holder(self, key_id: str) -> dict[str, Any]:
        item, holder = await self._found(key_id)
        await self._note_use(item)
        return holder

    async def _found(self, key_id: str) -> tuple[Item, dict[str, Any]]:
        pointer = await self._table.get(f"APIKEY#{key_id}", "APIKEY")
        user_id = pointer["user_id"] if pointer else ""
        item = await self._table.get(user_pk(user_id), f"APIKEY#{key_id}") if pointer else None
        profile = await self._users.profile(user_id) if item else None
        if item is None or profile is None or _ended(item):
            raise InvalidCredentials
        if profile.get("suspended"):
            raise KeyOfSuspended
        # A scope that the user has lost meanwhile is lost to the key too.
        scopes = sorted(set(item["scopes"]) & set(scopes_of(profile)))
        end = item.get("key_expires_at")
        return item, {"user_id": user_id, "key_id": key_id, "scopes": scopes, "expires_at": end}

    async def _note_use(self, item: Item) -> None:
        last = item.get("last_used_at")
        if last and time.time() - datetime.fromisoformat(last).timestamp() < LAST_USED_EVERY_S:
            return
        change = update(
            item["pk"],
            item["sk"],
            "SET last_used_at = :now",
            {":now": ids.now()},
            "attribute_exists(pk)",
        )
        try:
            await self._table.write(change)
        except ConditionFailed as error:
            raise InvalidCredentials from error  # revoked at this very moment

    def _secret(self, key_id: str) -> str:
        digest = hmac.new(self._server_key, f"api-key:{key_id}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _end(item: Item) -> datetime | None:
    end = item.get("key_expires_at")
    return None if end is None else datetime.fromisoformat(end)


def _ended(item: Item) -> bool:
    end = _end(item)
    return end is not None and end <= datetime.now(UTC)


def _require_no_more(used: Credential, scopes: Sequence[str], end: datetime | None) -> None:
    """Nobody gets by a credential another one that may more, or lasts longer. Raises
    InvalidRequest."""
    if used.scopes is not None and not set(scopes) <= used.scopes:
        raise _refused("/scopes", "must be among the scopes of the credential that asks")
    if used.ends is not None and (end is None or end > used.ends):
        raise _refused("/expires_at", "must not be after the end of the credential that asks")


def _refused(pointer: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "detail": detail}])
