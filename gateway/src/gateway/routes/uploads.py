"""Presigned uploads: large images go straight into the store, and their ids are submitted."""

from fastapi import APIRouter, Response, status
from sightline_contracts import ids
from sightline_contracts.answers import problems

from gateway.admission.credentials import Writer
from gateway.analyses.idempotency import IdempotencyKey
from gateway.models.analyses import PresignedUpload, UploadRequest
from gateway.wiring import Wiring


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["analyses"])

    @router.post(
        "/v1/uploads",
        operation_id="presign_upload",
        status_code=status.HTTP_201_CREATED,
        response_model=PresignedUpload,
        responses=problems(401, 403, 409, 422, 429, 502, 503, 504),
    )
    async def presign_upload(
        writer: Writer, wanted: UploadRequest, key: IdempotencyKey = None
    ) -> Response:
        """An address for one image. The same key gives the same upload, signed anew."""
        request = f"upload:{wanted.content_type}:{wanted.size}"
        async with wiring.idempotency.turn(writer.user_id, key, request) as turn:
            upload_id = ids.sibling("up", turn.analysis_id)
            path = f"/v1/users/{writer.user_id}/uploads/{upload_id}"
            answer = await wiring.results.call("PUT", path, json_body=wanted.model_dump())
        return answer.response({"Cache-Control": "no-store"}, status.HTTP_201_CREATED)

    return router
