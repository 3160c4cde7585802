"""Refresh tokens: what they look like and how one follows from another.

The first of a family is random. Each next one is derived from the one before it under the server
key: whoever holds the parent may be given the same child again, though the table has digests alone.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import dataclass

from user_service.errors import GrantRefused
from user_service.table import Item, user_pk

_TOKEN = re.compile(r"([0-9a-z]{26})\.([0-9a-z]{26})\.[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class RefreshToken:
    """256 bits that cannot be guessed; user and family before them only say where its digest lies."""

    user_id: str
    family: str
    token: str

    @property
    def sk(self) -> str:
        return f"{family_prefix(self.family)}{hashlib.sha256(self.token.encode()).hexdigest()}"


class RefreshTokens:
    """`ttl_s`: seconds for which an unused token, and the session of which it is the last, stays valid."""

    def __init__(self, server_key: bytes, ttl_s: int) -> None:
        self._server_key = server_key
        self._ttl_s = ttl_s

    def expires_at(self) -> int:
        """The end of a token that is made now, in seconds since the epoch."""
        return int(time.time()) + self._ttl_s

    def item(self, token: RefreshToken) -> Item:
        """The token's item in the table. `tracked`: its session has an item of its own, without which it
        is not valid. A version that knows no sessions makes items without that field."""
        return {
            "pk": user_pk(token.user_id),
            "sk": token.sk,
            "used": False,
            "tracked": True,
            "expires_at": self.expires_at(),
        }

    def first(self, user_id: str, family: str) -> RefreshToken:
        return _made(user_id, family, secrets.token_bytes(32))

    def following(self, parent: RefreshToken) -> RefreshToken:
        """The one child of a token: the same each time."""
        message = f"refresh-token:{parent.token}".encode()
        secret = hmac.new(self._server_key, message, hashlib.sha256).digest()
        return _made(parent.user_id, parent.family, secret)


def parse(token: str) -> RefreshToken:
    """Raises GrantRefused."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise GrantRefused("invalid_grant", "The refresh token is not valid.")
    return RefreshToken(f"us_{match[1]}", match[2], token)


def family_prefix(family: str) -> str:
    return f"REFRESH#{family}#"


def _made(user_id: str, family: str, secret: bytes) -> RefreshToken:
    text = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
    return RefreshToken(user_id, family, f"{user_id.removeprefix('us_')}.{family}.{text}")
