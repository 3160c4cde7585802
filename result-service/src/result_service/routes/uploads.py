"""Presigned uploads, as the gateway makes them."""

from fastapi import APIRouter
from sightline_contracts.answers import problems

from result_service.models.accounts import PresignedUpload, Storage, UploadRequest
from result_service.models.base import UploadId, UserId
from result_service.routes.dependencies import USER, UploadsPart

router = APIRouter(tags=["uploads"])


@router.put(
    USER + "/uploads/{upload_id}", operation_id="presign_upload", responses=problems(422, 429, 503)
)
async def presign_upload(
    uploads: UploadsPart, user_id: UserId, upload_id: UploadId, upload: UploadRequest
) -> PresignedUpload:
    """Where the image may be put, and until when. Without an analysis it expires."""
    return await uploads.presign(user_id, upload_id, upload)


@router.get(USER + "/storage", operation_id="get_storage", responses=problems(422, 503))
async def get_storage(uploads: UploadsPart, user_id: UserId) -> Storage:
    """How much of the user's images is kept, and how much may be."""
    return await uploads.storage(user_id)
