"""Dead letters, for admins: whoever calls has seen to that."""

from typing import Annotated

from fastapi import APIRouter, Query, status
from sightline_contracts.answers import problems

from result_service.models import Analysis, AnalysisId, DeadLetter, DeadLetterPage
from result_service.wiring import Wiring

ALL = "/v1/dead-letters"
ONE = ALL + "/{analysis_id}"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["dead letters"])

    @router.get(ALL, operation_id="list_dead_letters", responses=problems(422, 503))
    async def list_dead_letters(
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
    ) -> DeadLetterPage:
        """Of all users, newest first."""
        return await wiring.dead_letters.page(limit, cursor)

    @router.get(ONE, operation_id="get_dead_letter", responses=problems(404, 422, 503))
    async def get_dead_letter(analysis_id: AnalysisId) -> DeadLetter:
        return await wiring.dead_letters.get(analysis_id)

    @router.post(
        ONE + "/redrive",
        operation_id="redrive",
        status_code=status.HTTP_202_ACCEPTED,
        responses=problems(404, 422, 429, 503),
    )
    async def redrive(analysis_id: AnalysisId) -> Analysis:
        """Run it again as a new analysis; the same one however often this is asked for."""
        return await wiring.redrive.run(analysis_id)

    return router
