"""Presigned uploads: large images go straight into the store, and their ids are submitted."""

from fastapi import APIRouter, Response, status
from sightline_contracts import ids

from gateway.models.analyses import PresignedUpload, UploadRequest
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import (
    ERRORS,
    NO_STORE,
    IdempotencyKey,
    IdempotencyPart,
    Results,
    Writer,
)

router = APIRouter(tags=["analyses"])


@router.post(
    "/v1/uploads",
    operation_id="presign_upload",
    summary="Get an address for a large image",
    status_code=status.HTTP_201_CREATED,
    response_model=PresignedUpload,
    responses=problems(409, 415, "idempotency-key-reused", "quota-exceeded", *ERRORS),
)
async def presign_upload(
    results: Results,
    idempotency: IdempotencyPart,
    writer: Writer,
    upload: UploadRequest,
    key: IdempotencyKey = None,
) -> Response:
    """Send the image there by PUT with the `headers` of the answer, then submit its `upload_id`. For images that
    are too large for a form, or that a browser sends. The same key gives the same upload, signed anew."""
    fingerprint = f"upload:{upload.content_type}:{upload.size}"
    async with idempotency.claim(writer.user_id, key, fingerprint) as claim:
        upload_id = ids.sibling("up", claim.analysis_id)
        answer = await results.presign_upload(writer.user_id, upload_id, upload.model_dump())
    return answer.response(NO_STORE, status.HTTP_201_CREATED)
