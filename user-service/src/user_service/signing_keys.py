"""EdDSA keys of the access tokens. The table holds only a key's name and state; the key itself
is derived from the server key, so the table has nothing to steal."""

import time
from dataclasses import dataclass
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sightline_contracts import loader
from ulid import ULID

from user_service.table import ConditionFailed, Table, put, update

PARTITION = "SIGNINGKEYS"
CACHE_S = 60
TOKEN_TTL_S = int(loader.sla("user-service").settings["access_token_ttl_s"])
State = Literal["next", "current", "retired"]
_PROMOTION: tuple[tuple[State, State], ...] = (("current", "retired"), ("next", "current"))
RETIRED_FOR_S = TOKEN_TTL_S + 2 * CACHE_S
"""How long a retired key stays published: the life of the last token that it signed, and the
time for which replicas may go on signing with it."""


@dataclass(frozen=True)
class SigningKey:
    kid: str
    state: State
    changed_at: float


class SigningKeys:
    def __init__(self, table: Table, server_key: bytes) -> None:
        self._table = table
        self._server_key = server_key
        self._cached: tuple[float, list[SigningKey]] = (float("-inf"), [])

    async def ensure(self) -> None:
        """Make the first key where there is none; two starts at once end with one."""
        if await self._read():
            return
        first = {"pk": PARTITION, "sk": "first", "state": "current", "changed_at": int(time.time())}
        try:
            await self._table.write(put(first))
        except ConditionFailed:
            return

    async def rotate(self) -> str:
        """Publish the next key; called again, sign with it and retire the current one. Returns
        what was done. Between the two calls every gateway has had time to learn the new key."""
        keys = {key.state: key for key in await self._read()}
        now = int(time.time())
        if "next" not in keys:
            kid = str(ULID()).lower()
            item = {"pk": PARTITION, "sk": kid, "state": "next", "changed_at": now}
            await self._table.write(put(item))
            return f"published {kid}"
        change = "SET #state = :state, changed_at = :now"
        await self._table.write(
            *(
                update(
                    PARTITION, keys[was].kid, change, {":state": becomes, ":now": now, ":was": was},
                    "#state = :was", {"#state": "state"},
                )
                for was, becomes in _PROMOTION
            )
        )  # fmt: skip
        return f"signing with {keys['next'].kid}"

    async def current(self) -> tuple[str, Ed25519PrivateKey]:
        """Key id and private key to sign with."""
        kid = next(key.kid for key in await self._fresh() if key.state == "current")
        return kid, self._derive(kid)

    async def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The published public keys (RFC 7517)."""
        algorithm = jwt.get_algorithm_by_name("EdDSA")
        since = time.time() - RETIRED_FOR_S
        return {
            "keys": [
                {
                    **algorithm.to_jwk(self._derive(key.kid).public_key(), as_dict=True),
                    "kid": key.kid, "use": "sig", "alg": "EdDSA",
                }
                for key in await self._fresh()
                if key.state != "retired" or key.changed_at > since
            ]
        }  # fmt: skip

    def _derive(self, kid: str) -> Ed25519PrivateKey:
        info = f"signing-key:{kid}".encode()
        hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info)
        return Ed25519PrivateKey.from_private_bytes(hkdf.derive(self._server_key))

    async def _fresh(self) -> list[SigningKey]:
        at, keys = self._cached
        if time.monotonic() - at > CACHE_S:
            keys = await self._read()
            self._cached = (time.monotonic(), keys)
        return keys

    async def _read(self) -> list[SigningKey]:
        items = await self._table.query(PARTITION)
        return [SigningKey(one["sk"], one["state"], float(one["changed_at"])) for one in items]
