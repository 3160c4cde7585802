"""Failed invocations, for admins: list, read, run anew."""

from fastapi import APIRouter, Response, status

from gateway.models.analyses import Analysis, AnalysisId
from gateway.models.operations import DeadLetter, DeadLetterPage
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import ERRORS, SPENT, Admin, Cursor, Limit, Results, query

router = APIRouter(tags=["operations"])


@router.get(
    "/v1/dead-letters",
    operation_id="list_dead_letters",
    summary="List failed invocations",
    response_model=DeadLetterPage,
    responses=problems(*ERRORS),
)
async def list_dead_letters(
    results: Results, _admin: Admin, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """Of all users, with the whole record, newest first."""
    return (await results.list_dead_letters(query(limit=limit, cursor=cursor))).response()


@router.get(
    "/v1/dead-letters/{analysis_id}",
    operation_id="get_dead_letter",
    summary="Get a failed invocation",
    response_model=DeadLetter,
    responses=problems(404, *ERRORS),
)
async def get_dead_letter(results: Results, _admin: Admin, analysis_id: AnalysisId) -> Response:
    """What was to be run, each attempt, and why it was given up."""
    return (await results.get_dead_letter(analysis_id)).response()


@router.post(
    "/v1/dead-letters/{analysis_id}/redrive",
    operation_id="redrive",
    summary="Run a failed invocation again",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=Analysis,
    responses=problems(404, *SPENT, *ERRORS),
)
async def redrive(results: Results, _admin: Admin, analysis_id: AnalysisId) -> Response:
    """As a new analysis of the same user; the same one however often this is asked for."""
    return (await results.redrive(analysis_id)).response()
