"""EdDSA keys of the access tokens. The table holds only a key's name and times; the key itself is
derived from the server key, so the table has nothing to steal.

A key is published for its lead before it signs, so that every verifier knows it by then, and stays published
for a while after the next one has taken over. Which key does what follows from the clock alone:
replicas that have read the same records agree, and a rotation is one write.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sightline_contracts import ids
from ulid import ULID

from user_service.sla import UserServiceSla
from user_service.table import ConditionFailed, Item, Table, put

PARTITION = "SIGNINGKEYS"
REFRESH_S = 60


@dataclass(frozen=True)
class SigningKey:
    """Times are in seconds since the epoch; the newest key has no end. It is published for longer than it
    signs, until the last token that it signed has ended."""

    kid: str
    signs_from: float
    signs_until: float | None
    published_until: float | None

    def state(self, now: float) -> Literal["next", "current", "retired", "gone"]:
        if self.signs_from > now:
            return "next"
        if self.signs_until is None or self.signs_until > now:
            return "current"
        return "retired" if (self.published_until or now) > now else "gone"


class SigningKeys:
    """`lead_s`: seconds for which a key is published before it signs. `refresh_s`: seconds after which a
    replica reads the keys again. `clock` gives seconds since the epoch."""

    def __init__(
        self,
        table: Table,
        server_key: bytes,
        sla: UserServiceSla,
        lead_s: int,
        refresh_s: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.token_ttl_s = sla.access_token_ttl_s
        # The life of the last token that a key signed, and the time in which clocks and replicas differ.
        self.retired_for_s = sla.access_token_ttl_s + 2 * REFRESH_S
        self._promised_lead_s = sla.signing_key_lead_s
        self._table = table
        self._server_key = server_key
        self._lead_s = lead_s
        self._refresh_s = refresh_s
        self._clock = clock
        self._cached: tuple[float, list[SigningKey]] = (float("-inf"), [])

    async def ensure(self) -> None:
        """Make the first key where there is none; two starts at once end with one."""
        if await self._read():
            return
        now = int(self._clock())
        first = {"pk": PARTITION, "sk": "first", "state": "current", "changed_at": now}
        try:
            await self._table.write(put(first))
        except ConditionFailed:
            return

    async def rotate(self) -> str:
        """Publish a key that takes over by itself when its lead is over, and forget those whose tokens
        have all ended. While one is under way nothing is done. Returns what was done."""
        keys, now = await self._read(), self._clock()
        newest = keys[-1]
        if newest.state(now) == "next":
            return f"{newest.kid} is published, and signs from {_moment(newest.signs_from)}"
        kid, begins = str(ULID()).lower(), int(now) + self._lead_s
        # A version that goes by the state alone publishes this one, and signs with its predecessor.
        record = {
            "pk": PARTITION,
            "sk": kid,
            "state": "next",
            "changed_at": int(now),
            "signs_from": begins,
        }
        await self._table.write(put(record))
        gone = [(PARTITION, key.kid) for key in keys if key.state(now) == "gone"]
        await self._table.remove_all(gone)
        return f"published {kid}, which signs from {_moment(begins)}"

    async def described(self) -> list[str]:
        """A line for each key that is known, oldest first."""
        now = self._clock()
        return [
            f"{key.kid} {key.state(now)}, signs from {_moment(key.signs_from)}"
            + ("" if key.signs_until is None else f" until {_moment(key.signs_until)}")
            for key in await self._read()
        ]

    async def current(self) -> tuple[str, Ed25519PrivateKey]:
        """Key id and private key to sign with."""
        now = self._clock()
        kid = next(key.kid for key in await self._fresh() if key.state(now) == "current")
        return kid, self._derive(kid)

    async def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """The published public keys (RFC 7517)."""
        algorithm, now = jwt.get_algorithm_by_name("EdDSA"), self._clock()
        return {
            "keys": [
                {
                    **algorithm.to_jwk(self._derive(key.kid).public_key(), as_dict=True),
                    "kid": key.kid,
                    "use": "sig",
                    "alg": "EdDSA",
                }
                for key in await self._fresh()
                if key.state(now) != "gone"
            ]
        }

    def _derive(self, kid: str) -> Ed25519PrivateKey:
        info = f"signing-key:{kid}".encode()
        hkdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info)
        return Ed25519PrivateKey.from_private_bytes(hkdf.derive(self._server_key))

    async def _fresh(self) -> list[SigningKey]:
        at, keys = self._cached
        if time.monotonic() - at > self._refresh_s:
            keys = await self._read()
            self._cached = (time.monotonic(), keys)
        return keys

    async def _read(self) -> list[SigningKey]:
        """Oldest first. The oldest one that is left signs until the next one does."""
        items = await self._table.query(PARTITION)
        starts = sorted((self._signs_from(item), item["sk"]) for item in items)
        ends: list[float | None] = [signs_from for signs_from, _ in starts[1:]]
        return [
            SigningKey(kid, signs_from, end, None if end is None else end + self.retired_for_s)
            for (signs_from, kid), end in zip_longest(starts, ends)
        ]

    def _signs_from(self, item: Item) -> float:
        """When the key begins to sign. Records of the version that kept only a state say when that last
        changed."""
        if "signs_from" in item:
            return float(item["signs_from"])
        changed_at = float(item["changed_at"])
        match item["state"]:
            case "next":
                return changed_at + self._promised_lead_s
            case "retired":
                return 0.0  # its start is unknown; it ended when its successor began
            case _:
                return changed_at


def _moment(seconds: float) -> str:
    return ids.rfc3339(datetime.fromtimestamp(seconds, UTC))
