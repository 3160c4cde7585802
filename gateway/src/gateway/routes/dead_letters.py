"""Failed invocations, for admins: list, read, run anew."""

from typing import Annotated

from fastapi import APIRouter, Query, Response, status
from sightline_contracts.answers import problems

from gateway.admission.credentials import Admin
from gateway.models.analyses import Analysis, AnalysisId, DeadLetter, DeadLetterPage
from gateway.wiring import Wiring

ALL = "/v1/dead-letters"
ONE = ALL + "/{analysis_id}"
COMMON = (401, 403, 422, 429, 502, 503, 504)


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["operations"])
    results = wiring.results

    @router.get(
        ALL,
        operation_id="list_dead_letters",
        response_model=DeadLetterPage,
        responses=problems(*COMMON),
    )
    async def list_dead_letters(
        _admin: Admin,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
    ) -> Response:
        """Failed invocations of all users with the whole record, newest first."""
        given = {"limit": str(limit), "cursor": cursor}
        params = {name: value for name, value in given.items() if value is not None}
        return (await results.call("GET", ALL, params=params)).response()

    @router.get(
        ONE,
        operation_id="get_dead_letter",
        response_model=DeadLetter,
        responses=problems(404, *COMMON),
    )
    async def get_dead_letter(_admin: Admin, analysis_id: AnalysisId) -> Response:
        return (await results.call("GET", f"{ALL}/{analysis_id}")).response()

    @router.post(
        ONE + "/redrive",
        operation_id="redrive",
        status_code=status.HTTP_202_ACCEPTED,
        response_model=Analysis,
        responses=problems(404, *COMMON),
    )
    async def redrive(_admin: Admin, analysis_id: AnalysisId) -> Response:
        """Run it again as a new analysis of the same user; the same one however often this is
        asked for."""
        return (await results.call("POST", f"{ALL}/{analysis_id}/redrive")).response()

    return router
