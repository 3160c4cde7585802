"""What image-service asks for while it runs an analysis."""

from fastapi import APIRouter, Response, status
from sightline_contracts.answers import problems
from sightline_contracts.problems import NotFound

from result_service.models.analyses import Report, Verdict
from result_service.models.base import AnalysisId, UserId
from result_service.routes.dependencies import ANALYSIS, Analyses, BucketPart, LookupPart
from result_service.routes.streaming import streamed
from result_service.store import keys

MEDIA_TYPE = "application/octet-stream"

router = APIRouter(tags=["work"])


@router.head(
    ANALYSIS + "/outcome",
    operation_id="has_outcome",
    response_class=Response,
    responses=problems(404, 422, 503),
)
async def has_outcome(lookup: LookupPart, user_id: UserId, analysis_id: AnalysisId) -> Response:
    """200 when the analysis has ended or was deleted, so that its message can be dropped."""
    if not await lookup.needs_no_work(user_id, analysis_id):
        raise NotFound
    return Response()


@router.put(
    ANALYSIS + "/outcome",
    operation_id="put_outcome",
    status_code=status.HTTP_201_CREATED,
    responses={200: {"model": Verdict}, **problems(404, 422, 503)},
)
async def put_outcome(
    analyses: Analyses,
    user_id: UserId,
    analysis_id: AnalysisId,
    report: Report,
    response: Response,
) -> Verdict:
    """Record the end. 200 with the standing end when another report came first."""
    verdict, first = await analyses.finish(user_id, analysis_id, report)
    response.status_code = status.HTTP_201_CREATED if first else status.HTTP_200_OK
    return Verdict(status=verdict)


@router.get(
    ANALYSIS + "/upload",
    operation_id="get_upload",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}, **problems(404, 422, 503)},
)
async def get_upload(bucket: BucketPart, user_id: UserId, analysis_id: AnalysisId) -> Response:
    return await streamed(bucket, keys.upload(user_id, analysis_id), MEDIA_TYPE)
