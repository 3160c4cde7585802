"""Shares of an analysis, and what they show."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Response, status
from sightline_contracts.answers import problems

from result_service.models.base import AnalysisId, UserId
from result_service.models.shares import Share, ShareId, ShareRequest, Shares
from result_service.routes.analyses import PARTS, is_success
from result_service.routes.dependencies import ANALYSIS, BucketPart, SharingPart
from result_service.routes.streaming import Conditions, any_object, streamed
from result_service.store import keys

SHARES = ANALYSIS + "/shares"
SHARE = SHARES + "/{share_id}"

router = APIRouter(tags=["shares"])


@router.put(
    SHARE,
    operation_id="make_share",
    status_code=status.HTTP_201_CREATED,
    responses=problems(404, 409, 422, 503),
)
async def make_share(
    sharing: SharingPart,
    user_id: UserId,
    analysis_id: AnalysisId,
    share_id: ShareId,
    request: ShareRequest,
) -> Share:
    """The same share however often this is asked for. 409 while the analysis has not succeeded, and where it has
    as many shares as it may have."""
    return await sharing.make(user_id, analysis_id, share_id, request)


@router.get(SHARES, operation_id="list_shares", responses=problems(404, 422, 503))
async def list_shares(sharing: SharingPart, user_id: UserId, analysis_id: AnalysisId) -> Shares:
    """Those that have not ended, oldest first."""
    return Shares(items=await sharing.of(user_id, analysis_id))


@router.get(SHARE, operation_id="get_share", responses=problems(404, 422, 503))
async def get_share(
    sharing: SharingPart, user_id: UserId, analysis_id: AnalysisId, share_id: ShareId
) -> Share:
    """One that shows a page; 404 for one that does not, has ended or was withdrawn."""
    return await sharing.require(user_id, analysis_id, share_id, "page")


@router.delete(
    SHARE,
    operation_id="withdraw_share",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404, 422, 503),
)
async def withdraw_share(
    sharing: SharingPart, user_id: UserId, analysis_id: AnalysisId, share_id: ShareId
) -> None:
    await sharing.withdraw(user_id, analysis_id, share_id)


@router.get(
    SHARE + "/{part}",
    operation_id="get_shared",
    response_class=Response,
    responses={
        200: {"content": {"image/jpeg": {}, "application/json": {}}},
        **PARTS,
        **problems(404, 416, 422, 503),
    },
)
async def get_shared(
    sharing: SharingPart,
    bucket: BucketPart,
    user_id: UserId,
    analysis_id: AnalysisId,
    share_id: ShareId,
    part: Literal["preview", "result"],
    conditions: Annotated[Conditions, Header()],
) -> Response:
    """The part of the analysis as it is stored; 404 also where the share does not show it."""
    await sharing.require(user_id, analysis_id, share_id, part)
    key, media_type, shows = _stored(user_id, analysis_id, part)
    return await streamed(bucket, key, media_type, conditions, shows=shows)


def _stored(user_id: str, analysis_id: str, part: Literal["preview", "result"]) -> Any:
    if part == "preview":
        return keys.preview(user_id, analysis_id), "image/jpeg", any_object
    return keys.outcome(user_id, analysis_id), "application/json", is_success
