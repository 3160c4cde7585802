"""What image-service asks for while it runs an analysis."""

import asyncio

from fastapi import APIRouter, Response, status
from sightline_contracts.answers import problems
from sightline_contracts.problems import NotFound

from result_service import keys
from result_service.models import AnalysisId, Report, UserId, Verdict
from result_service.routes.streaming import streamed
from result_service.wiring import Wiring

ONE = "/v1/users/{user_id}/analyses/{analysis_id}"

MEDIA_TYPE = "application/octet-stream"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["work"])

    @router.head(
        ONE + "/outcome",
        operation_id="has_outcome",
        response_class=Response,
        responses=problems(404, 422, 503),
    )
    async def has_outcome(user_id: UserId, analysis_id: AnalysisId) -> Response:
        """200 when the analysis has ended or was deleted, so that its message can be dropped."""
        outcome, pending = await asyncio.gather(
            wiring.bucket.head(keys.outcome(user_id, analysis_id)),
            wiring.bucket.head(keys.pending(user_id, analysis_id)),
        )
        if outcome is None and pending is not None:
            raise NotFound
        return Response()

    @router.put(
        ONE + "/outcome",
        operation_id="put_outcome",
        status_code=status.HTTP_201_CREATED,
        responses={200: {"model": Verdict}, **problems(404, 422, 503)},
    )
    async def put_outcome(
        user_id: UserId, analysis_id: AnalysisId, report: Report, response: Response
    ) -> Verdict:
        """Record the end. 200 with the standing end when somebody was first."""
        verdict, first = await wiring.analyses.finish(user_id, analysis_id, report)
        response.status_code = status.HTTP_201_CREATED if first else status.HTTP_200_OK
        return Verdict(status=verdict)

    @router.get(
        ONE + "/upload",
        operation_id="get_upload",
        response_class=Response,
        responses={200: {"content": {MEDIA_TYPE: {}}}, **problems(404, 422, 503)},
    )
    async def get_upload(user_id: UserId, analysis_id: AnalysisId) -> Response:
        return await streamed(wiring.bucket, keys.upload(user_id, analysis_id), MEDIA_TYPE)

    return router
