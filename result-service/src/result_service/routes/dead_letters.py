"""Dead letters, for admins: the caller has checked that the user is one."""

from fastapi import APIRouter, status
from sightline_contracts.answers import problems

from result_service.models.analyses import Analysis
from result_service.models.base import AnalysisId
from result_service.models.deliveries import DeadLetter, DeadLetterPage
from result_service.routes.dependencies import Cursor, DeadLettersPart, Limit, RedrivePart

DEAD_LETTERS = "/v1/dead-letters"
DEAD_LETTER = DEAD_LETTERS + "/{analysis_id}"

router = APIRouter(tags=["dead letters"])


@router.get(DEAD_LETTERS, operation_id="list_dead_letters", responses=problems(422, 503))
async def list_dead_letters(
    dead_letters: DeadLettersPart, limit: Limit = 20, cursor: Cursor = None
) -> DeadLetterPage:
    """Dead letters of all users, newest first."""
    return await dead_letters.page(limit, cursor)


@router.get(DEAD_LETTER, operation_id="get_dead_letter", responses=problems(404, 422, 503))
async def get_dead_letter(dead_letters: DeadLettersPart, analysis_id: AnalysisId) -> DeadLetter:
    return await dead_letters.get(analysis_id)


@router.post(
    DEAD_LETTER + "/redrive",
    operation_id="redrive",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(404, 422, 429, 503),
)
async def redrive(redrives: RedrivePart, analysis_id: AnalysisId) -> Analysis:
    """Run it again as a new analysis. A repetition of this call answers the same one."""
    return await redrives.redrive(analysis_id)
