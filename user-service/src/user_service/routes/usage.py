"""Quota reservations and the bill."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from sightline_contracts.answers import problems

from user_service.models import (
    AnalysisId,
    EndedAnalyses,
    EndedAnalysis,
    Reservation,
    Settlement,
    Usage,
    UserId,
)
from user_service.settlement import Ended
from user_service.wiring import Wiring

ONE = "/v1/users/{user_id}"
RESERVATION = ONE + "/reservations/{analysis_id}"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["usage"])
    common = problems(404, 422, 503)

    @router.put(
        RESERVATION,
        operation_id="reserve",
        status_code=status.HTTP_201_CREATED,
        responses={200: {"model": Reservation}, **problems(404, 422, 429, 503)},
    )
    async def reserve(user_id: UserId, analysis_id: AnalysisId, response: Response) -> Reservation:
        """Hold one unit of the month's quota; 200 when it is held already."""
        new = await wiring.quota.reserve(user_id, analysis_id)
        response.status_code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
        return Reservation(analysis_id=analysis_id)

    @router.delete(
        RESERVATION,
        operation_id="release",
        status_code=status.HTTP_204_NO_CONTENT,
        responses=problems(422, 503),
    )
    async def release(user_id: UserId, analysis_id: AnalysisId) -> None:
        await wiring.quota.release(user_id, analysis_id)

    @router.post("/v1/settlements", operation_id="settle", responses=problems(415, 422, 503))
    async def settle(ended: EndedAnalyses) -> Settlement:
        """Bill analyses that have ended, each once however often it is sent."""
        found = await wiring.settlement.settle([_costs(one) for one in ended.analyses])
        return Settlement(settled=found.settled, unknown=found.unknown)

    @router.get(ONE + "/usage", operation_id="usage", responses=common)
    async def usage(
        user_id: UserId,
        month: Annotated[str | None, Query(pattern=r"^2\d{3}-(0[1-9]|1[0-2])$")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Usage:
        """A month's bill, newest line first."""
        wanted = month or datetime.now(UTC).strftime("%Y-%m")
        return Usage.model_validate(await wiring.bill.read(user_id, wanted, limit, cursor))

    return router


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
