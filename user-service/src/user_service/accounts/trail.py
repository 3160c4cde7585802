"""The trail of what matters to an account's security, told to its owner and kept for 90 days.

An entry is written in the transaction that does what it tells of: there is none without the other.
Nothing secret is in it, and of the client's address the network alone.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from sightline_contracts import context, cursors, ids
from ulid import ULID

from user_service import caller
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

COALESCED_S = 60
NOBODY = "us_00000000000000000000000000"
"""An id that nobody has: what is written for it fails after the same work."""
Kind = Literal[
    "user.signed_up",
    "user.suspended",
    "user.reinstated",
    "user.scope_granted",
    "session.created",
    "session.refused",
    "session.revoked",
    "sessions.revoked",
    "token.reuse_detected",
    "password.changed",
    "password.reset_requested",
    "password.reset",
    "email.verified",
    "identity.linked",
    "budget.changed",
    "quota.changed",
    "api_key.created",
    "api_key.rotated",
    "api_key.deleted",
]


def public(item: Item) -> dict[str, Any]:
    return {
        "id": item["event_id"],
        "kind": item["kind"],
        "time": item["time"],
        "subject": item.get("subject"),
        "count": int(item["count"]),
        "request_id": item["request_id"],
        "network": item.get("network"),
        "user_agent": item.get("agent"),
    }


class Trail:
    """`ttl_s`: seconds for which an entry is kept. `clock` gives the time of refused sign-ins, in seconds
    since the epoch."""

    def __init__(self, table: Table, ttl_s: int, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._ttl_s = ttl_s
        self.clock = clock

    def entry(self, user_id: str, kind: Kind, subject: str | None = None) -> Write:
        """A member of a transaction. `subject` is the id of the key or session that it is about."""
        event_id = ids.new_id("ev")
        return put(
            {
                "pk": user_pk(user_id),
                "sk": _sk(event_id),
                "event_id": event_id,
                **self._attributes(kind),
                "subject": subject,
                "count": 1,
            }
        )

    async def refused(self, user_id: str) -> None:
        """A wrong password, told once a minute with a count: guessing fills no table. For NOBODY it
        costs the same and leaves nothing."""
        event_id = _of_minute(self.clock())
        attributes = {
            **self._attributes("session.refused"),
            "event_id": event_id,
            "subject": None,
        }
        change = update(
            user_pk(user_id),
            _sk(event_id),
            "SET " + ", ".join(f"#{name} = :{name}" for name in attributes) + " ADD #count :one",
            {**{f":{name}": value for name, value in attributes.items()}, ":one": 1},
            names={f"#{name}": name for name in (*attributes, "count")},
        )
        try:
            await self._table.write(require(user_pk(user_id), PROFILE), change)
        except ConditionFailed:
            return  # there is no such account, or no longer

    async def list(
        self, user_id: str, limit: int, cursor: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """A page, newest first, and the cursor of the next one. Raises InvalidRequest."""
        after = None if cursor is None else _sk(cursors.decode(cursor, "ev"))
        items = await self._table.query(
            user_pk(user_id), "EVENT#", limit=limit + 1, newest_first=True, after=after
        )
        shown = items[:limit]
        more = len(items) > limit
        following = cursors.encode(shown[-1]["event_id"]) if more else None
        return [public(item) for item in shown if not expired(item)], following

    def _attributes(self, kind: Kind) -> Item:
        client = caller.current()
        return {
            "kind": kind,
            "time": ids.now(),
            "request_id": context.request_id.get(),
            "network": client.network,
            "agent": client.agent,
            "expires_at": int(time.time()) + self._ttl_s,
        }


def _of_minute(now: float) -> str:
    """The same id for a whole minute, where the minute begins in a list."""
    begun = datetime.fromtimestamp(now // COALESCED_S * COALESCED_S, UTC)
    milliseconds = int(begun.timestamp() * 1000)
    return f"ev_{str(ULID(milliseconds.to_bytes(6, 'big') + bytes(10))).lower()}"


def _sk(event_id: str) -> str:
    return f"EVENT#{event_id}"
