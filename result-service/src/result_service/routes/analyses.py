"""What gateway asks for on behalf of a user."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response, status
from sightline_contracts.answers import problems
from sightline_contracts.problems import InvalidRequest, NotFound

from result_service import keys, removal
from result_service.errors import Deleted
from result_service.models import (
    Analysis,
    AnalysisId,
    AnalysisPage,
    Status,
    Submission,
    UploadReceipt,
    UserId,
)
from result_service.routes.streaming import PRIVATE, Asked, is_known, not_modified, streamed
from result_service.wiring import Wiring

BASE = "/v1/users/{user_id}/analyses"
ONE = BASE + "/{analysis_id}"
_PARTS: dict[int | str, dict[str, Any]] = {
    206: {"description": "The range that was asked for"},
    304: {"description": "Unchanged"},
}
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["analyses"])
    analyses = wiring.analyses

    @router.get(BASE, operation_id="list_analyses", responses=problems(422, 503))
    async def list_analyses(
        user_id: UserId,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
        status: Annotated[Status | None, Query()] = None,
    ) -> AnalysisPage:
        """Newest first; pending and ended ones merged."""
        return await wiring.listing.page(user_id, limit, cursor, status)

    @router.put(
        ONE,
        operation_id="accept_analysis",
        status_code=status.HTTP_201_CREATED,
        responses={200: {"model": Analysis}, **problems(404, 422, 429, 503)},
    )
    async def accept(
        user_id: UserId, analysis_id: AnalysisId, submission: Submission, response: Response
    ) -> Analysis:
        """Write the intent and announce it. 200 when this id was accepted before."""
        analysis, new = await analyses.accept(user_id, analysis_id, submission)
        response.status_code = status.HTTP_201_CREATED if new else status.HTTP_200_OK
        return analysis

    @router.get(
        ONE,
        operation_id="get_analysis",
        response_model=Analysis,
        responses={304: {"description": "Unchanged"}, **problems(404, 422, 503)},
    )
    async def get_analysis(
        user_id: UserId, analysis_id: AnalysisId, if_none_match: IfNoneMatch = None
    ) -> Response:
        body = (await wiring.lookup.find(user_id, analysis_id)).model_dump_json().encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if is_known(etag, if_none_match or ""):
            return not_modified(etag)
        return Response(body, 200, {**PRIVATE, "ETag": etag}, "application/json")

    @router.get(
        ONE + "/result",
        operation_id="get_result",
        response_model=dict[str, Any],
        responses={**_PARTS, **problems(404, 416, 422, 503)},
    )
    async def get_result(
        user_id: UserId, analysis_id: AnalysisId, asked: Annotated[Asked, Header()]
    ) -> Response:
        """The stored object, byte for byte."""
        key = keys.outcome(user_id, analysis_id)
        outcome = await wiring.bucket.head(key)
        if outcome is None or outcome.metadata.get("status") != "succeeded":
            raise NotFound
        return await streamed(wiring.bucket, key, "application/json", asked)

    @router.get(
        ONE + "/preview",
        operation_id="get_preview",
        response_class=Response,
        responses={
            200: {"content": {"image/jpeg": {}}},
            **_PARTS,
            **problems(404, 416, 422, 503),
        },
    )
    async def get_preview(
        user_id: UserId, analysis_id: AnalysisId, asked: Annotated[Asked, Header()]
    ) -> Response:
        key = keys.preview(user_id, analysis_id)
        return await streamed(wiring.bucket, key, "image/jpeg", asked)

    @router.put(
        ONE + "/upload",
        operation_id="put_upload",
        status_code=status.HTTP_201_CREATED,
        responses=problems(404, 413, 422, 429, 503),
    )
    async def put_upload(
        user_id: UserId, analysis_id: AnalysisId, request: Request
    ) -> UploadReceipt:
        """Store the image as it came. Without an intent that follows, it expires."""
        body = await request.body()
        if not body:
            raise InvalidRequest(errors=[{"pointer": "/image", "detail": "The file is empty."}])
        if await removal.was_deleted(wiring.bucket, user_id, analysis_id):
            raise Deleted
        await wiring.uploads.require(user_id, len(body))
        await wiring.bucket.put(
            keys.upload(user_id, analysis_id), body, content_type="application/octet-stream"
        )
        return UploadReceipt(bytes=len(body), sha256=hashlib.sha256(body).hexdigest())

    @router.post(
        ONE + "/cancel", operation_id="cancel_analysis", responses=problems(404, 409, 422, 503)
    )
    async def cancel(user_id: UserId, analysis_id: AnalysisId) -> Analysis:
        return await analyses.cancel(user_id, analysis_id)

    @router.delete(
        ONE,
        operation_id="delete_analysis",
        status_code=status.HTTP_204_NO_CONTENT,
        responses=problems(404, 422, 503),
    )
    async def delete(user_id: UserId, analysis_id: AnalysisId) -> None:
        await analyses.delete(user_id, analysis_id)

    return router
