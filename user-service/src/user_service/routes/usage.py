"""Quota reservations and the bill."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from sightline_contracts.answers import problems

from user_service.billing.settlement import Ended
from user_service.models import (
    AnalysisId,
    EndedAnalyses,
    EndedAnalysis,
    Reservation,
    Settlement,
    Usage,
    UserId,
)
from user_service.routes.dependencies import USER, BillPart, Limit, QuotaPart, SettlementPart

RESERVATION = f"{USER}/reservations/{{analysis_id}}"


router = APIRouter(tags=["usage"])


@router.put(
    RESERVATION,
    operation_id="reserve",
    status_code=status.HTTP_201_CREATED,
    responses={200: {"model": Reservation}, **problems(404, 422, 429, 503)},
)
async def reserve(
    quota: QuotaPart, user_id: UserId, analysis_id: AnalysisId, response: Response
) -> Reservation:
    """Hold one unit of the month's quota; 200 when it is held already."""
    new = await quota.reserve(user_id, analysis_id)
    response.status_code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
    return Reservation(analysis_id=analysis_id)


@router.delete(
    RESERVATION,
    operation_id="release",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(422, 503),
)
async def release(quota: QuotaPart, user_id: UserId, analysis_id: AnalysisId) -> None:
    await quota.release(user_id, analysis_id)


@router.post("/v1/settlements", operation_id="settle", responses=problems(415, 422, 503))
async def settle(settlement: SettlementPart, ended: EndedAnalyses) -> Settlement:
    """Bill analyses that have ended, each once however often it is sent."""
    settled = await settlement.settle([_costs(analysis) for analysis in ended.analyses])
    return Settlement(settled=settled.settled, unknown=settled.unknown)


@router.get(f"{USER}/usage", operation_id="usage", responses=problems(404, 422, 503))
async def usage(
    bill: BillPart,
    user_id: UserId,
    month: Annotated[str | None, Query(pattern=r"^2\d{3}-(0[1-9]|1[0-2])$")] = None,
    limit: Limit = 20,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Usage:
    """A month's bill, newest line first."""
    of_month = month or datetime.now(UTC).strftime("%Y-%m")
    return Usage.model_validate(await bill.read(user_id, of_month, limit, cursor))


def _costs(ended: EndedAnalysis) -> Ended:
    metering = ended.metering
    return Ended(
        user_id=ended.user_id,
        analysis_id=ended.analysis_id,
        finished_at=ended.finished_at,
        billed_ms=metering.billed_ms,
        memory_mb=metering.memory_mb,
        gb_seconds=Decimal(str(metering.gb_seconds)),
        engine_calls=metering.engine_calls,
        counts=not (ended.status == "canceled" and metering.billed_ms == 0),
    )
