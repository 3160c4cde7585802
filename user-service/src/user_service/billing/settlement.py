"""What an analysis that has ended costs is written into the bill, once, whatever is reported twice.

Analyses of one user that have ended together are settled in one transaction: the month's counters
are one item, which parallel transactions would fight over. When anything of it is not as expected
(one is billed already, or holds no reservation) each is settled alone.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sightline_contracts.problems import Unavailable

from user_service.billing.quota import line_sk, month_of, quota_sk, reservation_sk
from user_service.table import (
    PROFILE,
    TRANSACTION_LIMIT,
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

SETTLE_ROUNDS = 3
AT_ONCE = (TRANSACTION_LIMIT - 2) // 2
"""Each writes its line and removes its reservation, beside the user's and the month's item."""


@dataclass(frozen=True)
class Prices:
    """US dollars."""

    gb_second: Decimal
    engine_call: Decimal


@dataclass(frozen=True)
class Ended:
    """What an analysis that has ended costs. `counts`: whether it uses up a unit of the quota;
    one that was canceled before it did anything gives its unit back."""

    user_id: str
    analysis_id: str
    finished_at: str
    billed_ms: int
    memory_mb: int
    gb_seconds: Decimal
    engine_calls: int
    counts: bool


@dataclass
class Settled:
    """Ids of analyses. `unknown`: their user is gone and owes nothing. What is in neither could not
    be settled now."""

    settled: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


class Settlement:
    def __init__(self, table: Table, prices: Prices) -> None:
        self._table = table
        self._prices = prices

    async def settle(self, ended: Sequence[Ended]) -> Settled:
        """Write the lines and turn the reservations into used units. Raises Unavailable when not
        one could be settled."""
        by_user: dict[str, dict[str, Ended]] = defaultdict(dict)
        for one in ended:
            by_user[one.user_id].setdefault(one.analysis_id, one)
        found = Settled()
        troubles = await asyncio.gather(
            *(self._of_user(list(ones.values()), found) for ones in by_user.values())
        )
        trouble = next((one for one in troubles if one is not None), None)
        if trouble is not None and not found.settled and not found.unknown:
            raise trouble
        return found

    async def _of_user(self, ended: list[Ended], found: Settled) -> Unavailable | None:
        """Month by month, since the counters are the month's. What kept some from being settled."""
        by_month: dict[str, list[Ended]] = defaultdict(list)
        for one in ended:
            by_month[month_of(one.analysis_id)].append(one)
        try:
            for ones in by_month.values():
                for start in range(0, len(ones), AT_ONCE):
                    await self._together(ones[start : start + AT_ONCE], found)
        except Unavailable as trouble:
            return trouble
        return None

    async def _together(self, group: Sequence[Ended], found: Settled) -> None:
        try:
            await self._table.write(*self._writes(group, reserved=True))
        except ConditionFailed:
            for one in group:
                await self._alone(one, found)
        else:
            found.settled += [one.analysis_id for one in group]

    async def _alone(self, one: Ended, found: Settled) -> None:
        for reserved in (True, False) * SETTLE_ROUNDS:
            try:
                await self._table.write(*self._writes([one], reserved=reserved))
            except ConditionFailed as refused:
                if 0 in refused.failed:
                    found.unknown.append(one.analysis_id)
                    return
                if 1 not in refused.failed:
                    continue
            found.settled.append(one.analysis_id)  # now, or by an earlier call
            return
        # The reservation appeared or went between the two forms, each time.
        raise Unavailable("The reservation keeps changing.")

    def _writes(self, group: Sequence[Ended], *, reserved: bool) -> list[Write]:
        """Of one user and month: the user's item, the lines, the counters, the reservations. With
        `reserved` the units move from reserved to used, else they are taken anew."""
        pk = user_pk(group[0].user_id)
        lines = [self._line(one) for one in group]
        used, held = sum(one.counts for one in group), len(group) * reserved
        changes = {
            "used": used,
            "reserved": -held,
            "taken": used - held,
            "version": 1,
            "analyses": len(group),
            "billed_ms": sum(one.billed_ms for one in group),
            "gb_seconds": sum((one.gb_seconds for one in group), Decimal()),
            "engine_calls": sum(one.engine_calls for one in group),
            "amount": sum((line["amount"] for line in lines), Decimal()),
        }
        counters = update(
            pk,
            quota_sk(month_of(group[0].analysis_id)),
            "ADD " + ", ".join(f"#{name} :{name}" for name in changes),
            {f":{name}": value for name, value in changes.items()},
            names={f"#{name}": name for name in changes},
        )
        reservations = [
            remove(pk, reservation_sk(one.analysis_id), must_exist=True)
            for one in (group if reserved else ())
        ]
        return [require(pk, PROFILE), *map(put, lines), counters, *reservations]

    def _line(self, one: Ended) -> Item:
        amount = (
            one.gb_seconds * self._prices.gb_second + one.engine_calls * self._prices.engine_call
        )
        return {
            "pk": user_pk(one.user_id),
            "sk": line_sk(one.analysis_id),
            "analysis_id": one.analysis_id,
            "finished_at": one.finished_at,
            "billed_ms": one.billed_ms,
            "memory_mb": one.memory_mb,
            "gb_seconds": one.gb_seconds,
            "engine_calls": one.engine_calls,
            "amount": amount,
        }
