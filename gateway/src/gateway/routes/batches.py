"""Batches: up to 128 submissions by JSON in one request."""

from fastapi import APIRouter, Request, Response, status
from sightline_contracts.problems import UnsupportedMediaType

from gateway.analyses.submission import body_of
from gateway.models.batches import Batch, BatchId, BatchSubmission
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import (
    ERRORS,
    NO_STORE,
    Batches,
    IdempotencyKey,
    Reader,
    Results,
    Writer,
    schema_ref,
)

_SCHEMA = BatchSubmission.model_json_schema()
_SCHEMA["properties"]["items"]["items"] = {
    "oneOf": [schema_ref("UrlSubmission"), schema_ref("UploadSubmission")]
}
SCHEMAS = {"BatchSubmission": _SCHEMA}
"""Of bodies that are read by hand."""

router = APIRouter(tags=["batches"])


@router.post(
    "/v1/batches",
    operation_id="submit_batch",
    summary="Submit up to 128 images",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=Batch,
    responses=problems(409, 413, 415, "idempotency-key-reused", *ERRORS),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema_ref("BatchSubmission")}},
        }
    },
)
async def submit_batch(
    batches: Batches, writer: Writer, request: Request, key: IdempotencyKey = None
) -> Response:
    """Each by its address or upload, as in a submission by JSON. Mixed success is allowed: an item that is not
    accepted holds the problem."""
    # The body is read by hand, so that it is read after the credentials.
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType("Send application/json.")
    body = await body_of(request, batches.body_limit)
    batch_id, batch = await batches.submit(writer, body, key)
    headers = {"Location": f"/v1/batches/{batch_id}", **NO_STORE}
    return batch.response(headers, status.HTTP_202_ACCEPTED)


@router.get(
    "/v1/batches/{batch_id}",
    operation_id="get_batch",
    summary="Get a batch",
    response_model=Batch,
    responses=problems(404, *ERRORS),
)
async def get_batch(results: Results, reader: Reader, batch_id: BatchId) -> Response:
    """Each item with the state that its analysis has now."""
    return (await results.get_batch(reader.user_id, batch_id)).response()
