"""The bill as its owner reads it: one line per analysis, and a month's totals."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sightline_contracts import cursors
from sightline_contracts.problems import InvalidRequest

from user_service.accounts.users import Users
from user_service.billing.quota import CURRENCY, Quota, line_sk, month_of, quota_sk
from user_service.table import Item, Table, user_pk


class Bill:
    def __init__(self, table: Table, users: Users, quota: Quota) -> None:
        self._table = table
        self._users = users
        self._quota = quota

    async def read(
        self, user_id: str, month: str, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """A month's totals, a page of its lines newest first, and its quota. Raises
        NoSuchUser, InvalidRequest on a bad cursor."""
        await self._users.existing(user_id)
        last = None if cursor is None else cursors.decode(cursor, "an")
        if last is not None and month_of(last) != month:
            detail = "Not a cursor of this month's bill."
            raise InvalidRequest(errors=[{"pointer": "/cursor", "detail": detail}])
        after = None if last is None else line_sk(last)
        lines = await self._table.query(
            user_pk(user_id), f"USAGE#{month}#", limit=limit + 1, newest_first=True, after=after
        )
        more = len(lines) > limit
        lines = lines[:limit]
        totals = await self._table.get(user_pk(user_id), quota_sk(month)) or {}
        return {
            "month": month,
            "totals": {
                "analyses": int(totals.get("analyses", 0)),
                "billed_ms": int(totals.get("billed_ms", 0)),
                "gb_seconds": float(totals.get("gb_seconds", 0)),
                "engine_calls": int(totals.get("engine_calls", 0)),
                "amount": _money(totals.get("amount", Decimal(0))),
                "currency": CURRENCY,
            },
            "line_items": [_public(line) for line in lines],
            "next_cursor": cursors.encode(lines[-1]["analysis_id"]) if more else None,
            "quota": await self._quota.read(user_id, month),
        }


def _public(line: Item) -> dict[str, Any]:
    return {
        "analysis_id": line["analysis_id"],
        "finished_at": line["finished_at"],
        "billed_ms": int(line["billed_ms"]),
        "memory_mb": int(line["memory_mb"]),
        "gb_seconds": float(line["gb_seconds"]),
        "engine_calls": int(line["engine_calls"]),
        "amount": _money(line["amount"]),
    }


def _money(amount: Decimal) -> str:
    """Four decimals for display; sums are made from the exact amounts."""
    return str(amount.quantize(Decimal("0.0001"), ROUND_HALF_UP))
