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

from sightline_contracts import loader

from user_service.errors import GrantRefused
from user_service.table import Item, user_pk

REFRESH_TTL_S = int(loader.sla("user-service").settings["refresh_token_ttl_s"])
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

    def item(self) -> Item:
        """`tracked`: its session has an item of its own, without which it is not valid. A version
        that knows of no sessions makes items without it."""
        return {
            "pk": user_pk(self.user_id),
            "sk": self.sk,
            "used": False,
            "tracked": True,
            "expires_at": int(time.time()) + REFRESH_TTL_S,
        }


class RefreshTokens:
    def __init__(self, server_key: bytes) -> None:
        self._server_key = server_key

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
