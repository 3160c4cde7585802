"""What image-service asks for while it runs an analysis."""

from fastapi import APIRouter, Response, status
from sightline_contracts.answers import problems
from sightline_contracts.problems import NotFound

from result_service import keys
from result_service.models import AnalysisId, Report, UserId, Verdict
from result_service.wiring import Wiring

ONE = "/v1/users/{user_id}/analyses/{analysis_id}"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["work"])

    @router.head(
        ONE + "/outcome", operation_id="has_outcome", response_class=Response,
        responses=problems(404, 422, 503),
    )  # fmt: skip
    async def has_outcome(user_id: UserId, analysis_id: AnalysisId) -> Response:
        """200 when the analysis has ended, so that a redelivered message can be dropped."""
        if await wiring.bucket.head(keys.outcome(user_id, analysis_id)) is None:
            raise NotFound
        return Response()

    @router.put(
        ONE + "/outcome", operation_id="put_outcome", status_code=status.HTTP_201_CREATED,
        responses={200: {"model": Verdict}, **problems(404, 422, 503)},
    )  # fmt: skip
    async def put_outcome(
        user_id: UserId, analysis_id: AnalysisId, report: Report, response: Response
    ) -> Verdict:
        """Record the end. 200 with the standing end when somebody was first."""
        verdict, first = await wiring.analyses.finish(user_id, analysis_id, report)
        response.status_code = status.HTTP_201_CREATED if first else status.HTTP_200_OK
        return Verdict(status=verdict)

    @router.get(
        ONE + "/upload", operation_id="get_upload", response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}, **problems(404, 422, 503)},
    )  # fmt: skip
    async def get_upload(user_id: UserId, analysis_id: AnalysisId) -> Response:
        stored = await wiring.bucket.get(keys.upload(user_id, analysis_id))
        if stored is None:
            raise NotFound
        return Response(stored.body, media_type="application/octet-stream")

    return router
