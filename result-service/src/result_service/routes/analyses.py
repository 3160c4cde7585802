"""What the gateway asks for on behalf of a user."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response, status
from sightline_contracts.answers import problems

from result_service.models.accounts import UploadReceipt
from result_service.models.analyses import Analysis, AnalysisPage, SimilarAnalyses, Submission
from result_service.models.base import AnalysisId, UserId
from result_service.routes.dependencies import (
    ANALYSES,
    ANALYSIS,
    Analyses,
    BucketPart,
    FindingPart,
    LikeningPart,
    Limit,
    ListingPart,
    LookupPart,
    UploadsPart,
)
from result_service.routes.streaming import PRIVATE, Conditions, matches, not_modified, streamed
from result_service.search.queries import ListQuery
from result_service.store import keys

PARTS: dict[int | str, dict[str, Any]] = {
    206: {"description": "The range that was asked for"},
    304: {"description": "Unchanged"},
}


def is_success(metadata: Mapping[str, str]) -> bool:
    return metadata.get("status") == "succeeded"


IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]

router = APIRouter(tags=["analyses"])


@router.get(ANALYSES, operation_id="list_analyses", responses=problems(422, 503))
async def list_analyses(
    listing: ListingPart,
    finding: FindingPart,
    user_id: UserId,
    query: Annotated[ListQuery, Query()],
) -> AnalysisPage:
    """Analyses newest first, pending and ended ones merged. While the index of what was seen is being made, a page
    may be short although more follow: `next_cursor` tells."""
    if not query.asks_the_index:
        return await listing.page(
            user_id, query.limit, query.cursor, query.status, query.since or 0, query.until
        )
    filters = query.filters()
    if filters is None:
        return AnalysisPage(items=[], next_cursor=None)
    return await finding.page(user_id, filters, query.limit, query.cursor)


@router.put(
    ANALYSIS,
    operation_id="accept_analysis",
    status_code=status.HTTP_201_CREATED,
    responses={200: {"model": Analysis}, **problems(404, 422, 429, 503)},
)
async def accept(
    analyses: Analyses,
    user_id: UserId,
    analysis_id: AnalysisId,
    submission: Submission,
    response: Response,
) -> Analysis:
    """Write the intent and announce it. 200 when this id was accepted before."""
    analysis, is_new = await analyses.accept(user_id, analysis_id, submission)
    response.status_code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
    return analysis


@router.get(
    ANALYSIS,
    operation_id="get_analysis",
    response_model=Analysis,
    responses={304: {"description": "Unchanged"}, **problems(404, 422, 503)},
)
async def get_analysis(
    lookup: LookupPart,
    user_id: UserId,
    analysis_id: AnalysisId,
    if_none_match: IfNoneMatch = None,
) -> Response:
    body = await lookup.shown(user_id, analysis_id)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    if matches(etag, if_none_match or ""):
        return not_modified(etag)
    return Response(body, 200, {**PRIVATE, "ETag": etag}, "application/json")


@router.get(
    ANALYSIS + "/result",
    operation_id="get_result",
    response_model=dict[str, Any],
    responses={**PARTS, **problems(404, 416, 422, 503)},
)
async def get_result(
    bucket: BucketPart,
    user_id: UserId,
    analysis_id: AnalysisId,
    conditions: Annotated[Conditions, Header()],
) -> Response:
    """The stored object, byte for byte."""
    key = keys.outcome(user_id, analysis_id)
    return await streamed(bucket, key, "application/json", conditions, shows=is_success)


@router.get(
    ANALYSIS + "/preview",
    operation_id="get_preview",
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {}}},
        **PARTS,
        **problems(404, 416, 422, 503),
    },
)
async def get_preview(
    bucket: BucketPart,
    user_id: UserId,
    analysis_id: AnalysisId,
    conditions: Annotated[Conditions, Header()],
) -> Response:
    key = keys.preview(user_id, analysis_id)
    return await streamed(bucket, key, "image/jpeg", conditions)


@router.get(
    ANALYSIS + "/similar",
    operation_id="list_similar",
    responses=problems(404, 409, 422, 503),
)
async def list_similar(
    likening: LikeningPart, user_id: UserId, analysis_id: AnalysisId, limit: Limit = 20
) -> SimilarAnalyses:
    """The user's other pictures that look alike: near-duplicates first, then the most alike. 409 where the analysis
    has neither a perceptual hash nor an embedding."""
    return await likening.similar(user_id, analysis_id, limit)


@router.put(
    ANALYSIS + "/upload",
    operation_id="put_upload",
    status_code=status.HTTP_201_CREATED,
    responses=problems(404, 413, 422, 429, 503),
)
async def put_upload(
    uploads: UploadsPart, user_id: UserId, analysis_id: AnalysisId, request: Request
) -> UploadReceipt:
    """Store the image as it came. Without an intent that follows, it expires."""
    return await uploads.store(user_id, analysis_id, await request.body())


@router.post(
    ANALYSIS + "/cancel", operation_id="cancel_analysis", responses=problems(404, 409, 422, 503)
)
async def cancel(analyses: Analyses, user_id: UserId, analysis_id: AnalysisId) -> Analysis:
    return await analyses.cancel(user_id, analysis_id)


@router.delete(
    ANALYSIS,
    operation_id="delete_analysis",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404, 422, 503),
)
async def delete(analyses: Analyses, user_id: UserId, analysis_id: AnalysisId) -> None:
    await analyses.delete(user_id, analysis_id)
