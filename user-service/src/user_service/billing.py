"""The bill: one line per analysis, whatever is reported twice."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sightline_contracts import cursors
from sightline_contracts.problems import Unavailable

from user_service.errors import NoSuchUser
from user_service.quota import Quota, month_of, quota_sk, reservation_sk
from user_service.table import (
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
from user_service.users import PROFILE, Users

CURRENCY = "USD"
SETTLE_ROUNDS = 3


@dataclass(frozen=True)
class Prices:
    """US dollars."""

    gb_second: Decimal
    engine_call: Decimal


@dataclass(frozen=True)
class Ended:
    """What an analysis that has ended costs. `counts`: whether it uses up a unit of the quota;
    one that was canceled before it did anything gives its unit back."""

    analysis_id: str
    finished_at: str
    billed_ms: int
    memory_mb: int
    gb_seconds: Decimal
    engine_calls: int
    counts: bool


class Bill:
    def __init__(self, table: Table, users: Users, quota: Quota, prices: Prices) -> None:
        self._table = table
        self._users = users
        self._quota = quota
        self._prices = prices

    async def settle(self, user_id: str, ended: Ended) -> tuple[dict[str, Any], bool]:
        """Write the line and turn the reservation into a used unit, in one transaction. The
        line, and whether this call wrote it. Raises NoSuchUser."""
        amount = (
            ended.gb_seconds * self._prices.gb_second
            + ended.engine_calls * self._prices.engine_call
        )
        line: Item = {
            "pk": user_pk(user_id), "sk": _line_sk(ended.analysis_id),
            "analysis_id": ended.analysis_id, "finished_at": ended.finished_at,
            "billed_ms": ended.billed_ms, "memory_mb": ended.memory_mb,
            "gb_seconds": ended.gb_seconds, "engine_calls": ended.engine_calls, "amount": amount,
        }  # fmt: skip
        for reserved in (True, False) * SETTLE_ROUNDS:
            writes = self._writes(user_id, ended, line, reserved=reserved)
            try:
                await self._table.write(*writes)
            except ConditionFailed as refused:
                if 0 in refused.failed:
                    standing = await self._table.get(line["pk"], line["sk"])
                    return public(standing or line), False
                if 1 in refused.failed:
                    raise NoSuchUser from refused
            else:
                return public(line), True
        # The reservation appeared or went between the two forms, each time.
        raise Unavailable("The reservation keeps changing.")

    def _writes(self, user_id: str, ended: Ended, line: Item, *, reserved: bool) -> list[Write]:
        """With `reserved` the unit moves from reserved to used, else it is taken anew."""
        pk, used = user_pk(user_id), int(ended.counts)
        changes = {
            "used": used, "reserved": -int(reserved), "taken": used - int(reserved), "version": 1,
            "analyses": 1, "billed_ms": ended.billed_ms, "gb_seconds": ended.gb_seconds,
            "engine_calls": ended.engine_calls, "amount": line["amount"],
        }  # fmt: skip
        counters = update(
            pk, quota_sk(month_of(ended.analysis_id)),
            "ADD " + ", ".join(f"#{name} :{name}" for name in changes),
            {f":{name}": value for name, value in changes.items()},
            names={f"#{name}": name for name in changes},
        )  # fmt: skip
        writes = [put(line), require(pk, PROFILE), counters]
        if reserved:
            writes.append(remove(pk, reservation_sk(ended.analysis_id), must_exist=True))
        return writes

    async def read(
        self, user_id: str, month: str, limit: int, cursor: str | None
    ) -> dict[str, Any]:
        """A month's totals, a page of its lines newest first, and its quota. Raises
        NoSuchUser, InvalidRequest on a bad cursor."""
        await self._users.existing(user_id)
        after = None if cursor is None else _line_sk(cursors.decode(cursor, "an"))
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
            "line_items": [public(line) for line in lines],
            "next_cursor": cursors.encode(lines[-1]["analysis_id"]) if more else None,
            "quota": await self._quota.read(user_id, month),
        }


def public(line: Item) -> dict[str, Any]:
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


def _line_sk(analysis_id: str) -> str:
    return f"USAGE#{month_of(analysis_id)}#{analysis_id}"
