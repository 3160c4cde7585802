"""Links that are mailed: each works once, for half an hour, and a newer one of its kind ends it.

The table has a digest of the secret alone, which is 256 random bits: whoever reads it can use no link.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time

from user_service.errors import LinkNotValid
from user_service.mail.messages import Kind
from user_service.table import (
    PROFILE,
    Item,
    Table,
    Write,
    expired,
    remove,
    require,
    update,
    user_pk,
)

LINK_S = 1800
_SECRET = re.compile(r"([0-9a-z]{26})\.[A-Za-z0-9_-]{43}")


class Links:
    def __init__(self, table: Table) -> None:
        self._table = table

    async def make(self, user_id: str, kind: Kind, *told: Write) -> str:
        """A new secret; the user's earlier ones of this kind are good for nothing from then on. Raises
        ConditionFailed where the user is gone."""
        random = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
        secret = f"{user_id.removeprefix('us_')}.{random}"
        kept = update(
            user_pk(user_id),
            _sk(kind),
            "SET digest = :digest, expires_at = :end",
            {":digest": _digest(secret), ":end": int(time.time()) + LINK_S},
        )
        await self._table.write(require(user_pk(user_id), PROFILE), kept, *told)
        return secret

    async def owner(self, kind: Kind, secret: str) -> str:
        """The id of the user to whom the link was mailed; it is not used by that. Raises LinkNotValid."""
        user_id = _user_of(secret)
        item = await self._table.get(user_pk(user_id), _sk(kind))
        if item is None or expired(item) or not hmac.compare_digest(_kept(item), _digest(secret)):
            raise LinkNotValid
        return user_id

    @staticmethod
    def use(kind: Kind, secret: str) -> Write:
        """A member of a transaction, which fails where the link was used, replaced or is too old."""
        return update(
            user_pk(_user_of(secret)),
            _sk(kind),
            "REMOVE digest",
            {":digest": _digest(secret), ":now": int(time.time())},
            "digest = :digest AND expires_at > :now",
        )

    @staticmethod
    def end(user_id: str, kind: Kind) -> Write:
        """A member of a transaction, after which no link of this kind works."""
        return remove(user_pk(user_id), _sk(kind))


def _user_of(secret: str) -> str:
    match = _SECRET.fullmatch(secret)
    if match is None:
        raise LinkNotValid
    return f"us_{match[1]}"


def _kept(item: Item) -> str:
    return str(item.get("digest", ""))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _sk(kind: Kind) -> str:
    return f"LINK#{kind}"
