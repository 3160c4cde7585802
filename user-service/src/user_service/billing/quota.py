"""The monthly quota: a unit is reserved before an analysis is accepted and used when it ends.

A month's counters are one item: `taken` = `used` + `reserved` is what the limit is held against
(DynamoDB conditions cannot add). A reservation is an item of its own that expires; its unit
comes back when the counters are reconciled, which happens when the quota seems used up.
The month is that in which the analysis was accepted, known from its id.
"""

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sightline_contracts import ids
from sightline_contracts.problems import Unavailable

from user_service.errors import BudgetExceeded, NoSuchUser, QuotaExceeded, Suspended
from user_service.table import (
    PROFILE,
    ConditionFailed,
    Item,
    Table,
    Write,
    absent,
    expired,
    put,
    remove,
    require,
    update,
    user_pk,
)

CURRENCY = "USD"


def month_of(analysis_id: str) -> str:
    """Such as "2026-11"."""
    made = datetime.fromtimestamp(ids.milliseconds_of(analysis_id) / 1000, UTC)
    return made.strftime("%Y-%m")


def quota_sk(month: str) -> str:
    return f"QUOTA#{month}"


def line_sk(analysis_id: str) -> str:
    """Of the bill's line, written when an analysis has ended."""
    return f"USAGE#{month_of(analysis_id)}#{analysis_id}"


def reservation_sk(analysis_id: str) -> str:
    return f"RESERVATION#{analysis_id}"


@dataclass(frozen=True)
class Terms:
    """What a user may have a month: analyses (None: as many as everybody), and US dollars (None: no
    limit)."""

    analyses: int | None = None
    budget: Decimal | None = None


class _OtherTerms(Exception):
    """The user is not there, is suspended, or has other terms."""


class Quota:
    """`limit`: analyses a month for users without a number of their own. `reservation_ttl_s`: seconds after
    which a reservation that is not settled gives its unit back."""

    def __init__(self, table: Table, limit: int, reservation_ttl_s: int) -> None:
        self._table = table
        self._limit = limit
        self._reservation_ttl_s = reservation_ttl_s

    async def reserve(self, user_id: str, analysis_id: str) -> bool:
        """Hold a unit; False when this analysis holds one already, or has ended and is billed: what
        is held for it then would never be settled. Raises QuotaExceeded, BudgetExceeded, Suspended,
        NoSuchUser."""
        try:
            # Most users have no terms of their own: asked in the transaction, that saves a read.
            return await self._within(user_id, analysis_id, Terms())
        except _OtherTerms:
            terms = await self._terms(user_id)
        try:
            return await self._within(user_id, analysis_id, terms)
        except _OtherTerms as error:
            raise Unavailable("The account is being changed.") from error

    async def _within(self, user_id: str, analysis_id: str, terms: Terms) -> bool:
        try:
            return await self._reserve(user_id, analysis_id, terms)
        except QuotaExceeded:
            await self._reconcile(user_id, month_of(analysis_id))
            return await self._reserve(user_id, analysis_id, terms)

    async def _reserve(self, user_id: str, analysis_id: str, terms: Terms) -> bool:
        pk, month = user_pk(user_id), month_of(analysis_id)
        reservation = {
            "pk": pk,
            "sk": reservation_sk(analysis_id),
            "month": month,
            "expires_at": int(time.time()) + self._reservation_ttl_s,
        }
        bounds: dict[str, int | Decimal] = {"taken": self._analyses(terms)}
        if terms.budget is not None:
            # What is under way has no price yet: it may go beyond the budget, what comes after not.
            bounds["amount"] = terms.budget
        within = " AND ".join(
            f"(attribute_not_exists({name}) OR {name} < :{name})" if bound else f"{name} < :{name}"
            for name, bound in bounds.items()
        )  # in the month's beginning there is none of them yet, and nothing is not less than nothing
        values = {":one": 1, **{f":{name}": bound for name, bound in bounds.items()}}
        counters = update(
            pk, quota_sk(month), "ADD reserved :one, taken :one, version :one", values, within
        )
        try:
            await self._table.write(
                put(reservation), counters, _has(pk, terms), absent(pk, line_sk(analysis_id))
            )
        except ConditionFailed as refused:
            if 2 in refused.failed:  # noqa: PLR2004  # the position of _has() above
                raise _OtherTerms from refused
            if not refused.failed.isdisjoint({0, 3}):
                return False
            raise await self._exceeded(user_id, month, terms) from refused
        return True

    async def _terms(self, user_id: str) -> Terms:
        """Raises NoSuchUser, Suspended."""
        profile = await self._table.get(user_pk(user_id), PROFILE)
        if profile is None:
            raise NoSuchUser
        if profile.get("suspended"):
            raise Suspended
        return _terms_of(profile)

    def _analyses(self, terms: Terms) -> int:
        return self._limit if terms.analyses is None else terms.analyses

    async def release(self, user_id: str, analysis_id: str) -> None:
        """Give a unit back; releasing twice is harmless."""
        pk = user_pk(user_id)
        counters = update(
            pk,
            quota_sk(month_of(analysis_id)),
            "ADD reserved :less, taken :less, version :one",
            {":less": -1, ":one": 1},
        )
        try:
            await self._table.write(
                remove(pk, reservation_sk(analysis_id), must_exist=True), counters
            )
        except ConditionFailed:
            return  # there is nothing to give back

    async def read(self, user_id: str, month: str) -> dict[str, Any]:
        """The quota as the API shows it. What is used and what is held come from one item: counted
        apart, an analysis that is settled meanwhile would be in neither."""
        profile = await self._table.get(user_pk(user_id), PROFILE) or {}
        item = await self._table.get(user_pk(user_id), quota_sk(month)) or {}
        given_back = await self._expired(user_id, month)
        limit, used = self._analyses(_terms_of(profile)), int(item.get("used", 0))
        reserved = max(0, int(item.get("reserved", 0)) - given_back)
        return {
            "limit": limit,
            "used": used,
            "reserved": reserved,
            "left": max(0, limit - used - reserved),
            "resets_at": ids.rfc3339(_end_of(month)),
        }

    async def _expired(self, user_id: str, month: str) -> int:
        """Reservations that the counters have still."""
        items = await self._table.query(user_pk(user_id), "RESERVATION#")
        return sum(item["month"] == month and expired(item) for item in items)

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
            pk,
            quota_sk(month),
            "SET reserved = :live, taken = :taken ADD version :one",
            {":live": live, ":taken": used + live, ":one": 1, ":seen": item["version"]},
            "version = :seen",
        )
        try:
            await self._table.write(change)
        except ConditionFailed:
            return  # somebody changed them meanwhile; the next refusal counts again

    async def _exceeded(
        self, user_id: str, month: str, terms: Terms
    ) -> QuotaExceeded | BudgetExceeded:
        item = await self._table.get(user_pk(user_id), quota_sk(month)) or {}
        spent, end = item.get("amount", Decimal(0)), _end_of(month)
        problem: QuotaExceeded | BudgetExceeded
        if terms.budget is not None and spent >= terms.budget:
            found = {
                "limit": f"{terms.budget:.2f}",
                "spent": f"{spent:.4f}",
                "resets_at": ids.rfc3339(end),
            }
            problem = BudgetExceeded(
                f"{terms.budget:.2f} {CURRENCY} a month.", extra={"budget": found}
            )
        else:
            quota = await self.read(user_id, month)
            problem = QuotaExceeded(
                f"{self._analyses(terms)} analyses a month.", extra={"quota": quota}
            )
        left = math.ceil(end.timestamp() - time.time())
        problem.headers["Retry-After"] = str(max(1, left))
        return problem


def _terms_of(profile: Item) -> Terms:
    quota = profile.get("monthly_quota")
    return Terms(None if quota is None else int(quota), profile.get("monthly_budget"))


def _has(pk: str, terms: Terms) -> Write:
    """The user is there, not suspended, and has these terms."""
    own = {"monthly_quota": terms.analyses, "monthly_budget": terms.budget}
    conditions = [
        f"attribute_not_exists({name})" if value is None else f"{name} = :{name}"
        for name, value in own.items()
    ]
    values = {f":{name}": value for name, value in own.items() if value is not None}
    every = " AND ".join(["attribute_not_exists(suspended)", *conditions])
    return require(pk, PROFILE, every, values)


def _end_of(month: str) -> datetime:
    year, number = (int(part) for part in month.split("-"))
    following = (year + 1, 1) if number == 12 else (year, number + 1)  # noqa: PLR2004
    return datetime(*following, 1, tzinfo=UTC)
