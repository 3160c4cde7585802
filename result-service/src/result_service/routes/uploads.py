"""Presigned uploads, as the gateway makes them."""

from fastapi import APIRouter
from sightline_contracts.answers import problems

from result_service.models import PresignedUpload, Storage, UploadId, UploadRequest, UserId
from result_service.wiring import Wiring


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["uploads"])

    @router.put(
        "/v1/users/{user_id}/uploads/{upload_id}",
        operation_id="presign_upload",
        responses=problems(422, 429, 503),
    )
    async def presign_upload(
        user_id: UserId, upload_id: UploadId, wanted: UploadRequest
    ) -> PresignedUpload:
        """Where the image may be put, and until when; without an analysis it expires."""
        return await wiring.uploads.presign(user_id, upload_id, wanted)

    @router.get(
        "/v1/users/{user_id}/storage", operation_id="get_storage", responses=problems(422, 503)
    )
    async def get_storage(user_id: UserId) -> Storage:
        """How much of the user's images is kept, and how much may be."""
        return await wiring.uploads.storage(user_id)

    return router
