"""The monthly quota: a unit is reserved before an analysis is accepted and used when it ends.

A month's counters are one item: `taken` = `used` + `reserved` is what the limit is held against
(DynamoDB conditions cannot add). A reservation is an item of its own that expires; its unit
comes back when the counters are reconciled, which happens when the quota seems used up.
The month is that in which the analysis was accepted, known from its id.
"""

import math
import time
from datetime import UTC, datetime
from typing import Any

from sightline_contracts import ids, loader

from user_service.errors import NoSuchUser, QuotaExceeded
from user_service.table import (
    ConditionFailed,
    Item,
    Table,
    expired,
    put,
    remove,
    require,
    update,
    user_pk,
)
from user_service.users import PROFILE

RESERVATION_TTL_S = int(loader.sla("user-service").settings["reservation_ttl_s"])


def month_of(analysis_id: str) -> str:
    """Such as "2026-11"."""
    made = datetime.fromtimestamp(ids.milliseconds_of(analysis_id) / 1000, UTC)
    return made.strftime("%Y-%m")


def quota_sk(month: str) -> str:
    return f"QUOTA#{month}"


def reservation_sk(analysis_id: str) -> str:
    return f"RESERVATION#{analysis_id}"


class Quota:
    """`limit`: analyses a month."""

    def __init__(self, table: Table, limit: int) -> None:
        self._table = table
        self._limit = limit

    async def reserve(self, user_id: str, analysis_id: str) -> bool:
        """Hold a unit; False when this analysis holds one already. Raises QuotaExceeded,
        NoSuchUser."""
        try:
            return await self._reserve(user_id, analysis_id)
        except QuotaExceeded:
            await self._reconcile(user_id, month_of(analysis_id))
            return await self._reserve(user_id, analysis_id)

    async def _reserve(self, user_id: str, analysis_id: str) -> bool:
        pk, month = user_pk(user_id), month_of(analysis_id)
        reservation = {
            "pk": pk, "sk": reservation_sk(analysis_id), "month": month,
            "expires_at": int(time.time()) + RESERVATION_TTL_S,
        }  # fmt: skip
        counters = update(
            pk, quota_sk(month), "ADD reserved :one, taken :one, version :one",
            {":one": 1, ":limit": self._limit}, "attribute_not_exists(taken) OR taken < :limit",
        )  # fmt: skip
        try:
            await self._table.write(put(reservation), counters, require(pk, PROFILE))
        except ConditionFailed as refused:
            if 2 in refused.failed:  # noqa: PLR2004  # the position of require() above
                raise NoSuchUser from refused
            if 0 in refused.failed:
                return False
            raise await self._exceeded(user_id, month) from refused
        return True

    async def release(self, user_id: str, analysis_id: str) -> None:
        """Give a unit back; releasing twice is harmless."""
        pk = user_pk(user_id)
        counters = update(
            pk, quota_sk(month_of(analysis_id)), "ADD reserved :less, taken :less, version :one",
            {":less": -1, ":one": 1},
        )  # fmt: skip
        try:
            await self._table.write(
                remove(pk, reservation_sk(analysis_id), must_exist=True), counters
            )
        except ConditionFailed:
            return  # there is nothing to give back

    async def read(self, user_id: str, month: str) -> dict[str, Any]:
        """The quota as the API shows it."""
        item = await self._table.get(user_pk(user_id), quota_sk(month)) or {}
        live = await self._live(user_id, month)
        used = int(item.get("used", 0))
        return {
            "limit": self._limit,
            "used": used,
            "reserved": len(live),
            "left": max(0, self._limit - used - len(live)),
            "resets_at": ids.rfc3339(_end_of(month)),
        }

    async def _live(self, user_id: str, month: str) -> list[Item]:
        items = await self._table.query(user_pk(user_id), "RESERVATION#")
        return [item for item in items if item["month"] == month and not expired(item)]

    async def _reconcile(self, user_id: str, month: str) -> None:
        """Count what is really held. Expired reservations are removed first, so that an
        analysis which ends after all settles as one without a reservation; the counters are
        set only if nothing has changed since they were read."""
        pk = user_pk(user_id)
        item = await self._table.get(pk, quota_sk(month))
        if item is None:
            return
        held = await self._table.query(pk, "RESERVATION#")
        await self._table.remove_all([(one["pk"], one["sk"]) for one in held if expired(one)])
        live = sum(one["month"] == month and not expired(one) for one in held)
        used = int(item.get("used", 0))
        change = update(
            pk, quota_sk(month), "SET reserved = :live, taken = :taken ADD version :one",
            {":live": live, ":taken": used + live, ":one": 1, ":seen": item["version"]},
            "version = :seen",
        )  # fmt: skip
        try:
            await self._table.write(change)
        except ConditionFailed:
            return  # somebody changed them meanwhile; the next refusal counts again

    async def _exceeded(self, user_id: str, month: str) -> QuotaExceeded:
        left = math.ceil(_end_of(month).timestamp() - time.time())
        problem = QuotaExceeded(
            f"{self._limit} analyses a month.", extra={"quota": await self.read(user_id, month)}
        )
        problem.headers["Retry-After"] = str(max(1, left))
        return problem


def _end_of(month: str) -> datetime:
    year, number = (int(part) for part in month.split("-"))
    following = (year + 1, 1) if number == 12 else (year, number + 1)  # noqa: PLR2004
    return datetime(*following, 1, tzinfo=UTC)
