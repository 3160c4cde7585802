"""Presigned uploads, as the gateway makes them."""

from fastapi import APIRouter
from sightline_contracts.answers import problems

from result_service import uploads
from result_service.models import PresignedUpload, UploadId, UploadRequest, UserId
from result_service.wiring import Wiring


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["uploads"])

    @router.put(
        "/v1/users/{user_id}/uploads/{upload_id}", operation_id="presign_upload",
        responses=problems(422),
    )  # fmt: skip
    async def presign_upload(
        user_id: UserId, upload_id: UploadId, wanted: UploadRequest
    ) -> PresignedUpload:
        """Where the image may be put, and until when; without an analysis it expires."""
        return uploads.presign(wiring.bucket, user_id, upload_id, wanted)

    return router
