"""Submitting, reading and ending analyses."""

import contextlib
import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response, status
from pydantic import BaseModel, Field
from sightline_contracts import context

from gateway.analyses.service import status_of
from gateway.analyses.waiting import end_of
from gateway.models.analyses import (
    MAX_WAIT_S,
    Analysis,
    AnalysisId,
    AnalysisPage,
    Options,
    UploadSubmission,
    UrlSubmission,
)
from gateway.models.results import Result
from gateway.models.searches import ListQuery, SimilarAnalyses
from gateway.problem_types.answers import problems
from gateway.routes.dependencies import (
    ERRORS,
    SPENT,
    Analyses,
    HintsPart,
    IdempotencyKey,
    IdempotencyPart,
    Limit,
    Reader,
    Results,
    SubmissionReading,
    Writer,
    binary,
    query,
    schema_ref,
)
from gateway.upstream.answers import Answer

RETRY_AFTER_S = "1"
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]
Prefer = Annotated[str | None, Header(description="`wait=N`: answer 200 if it ends in time")]
_FILE = {
    **binary("application/octet-stream"),
    "description": "The file, 20 MiB at the most.",
}
SCHEMAS: dict[str, Any] = {
    **{model.__name__: model.model_json_schema() for model in (UrlSubmission, UploadSubmission)},
    "FileSubmission": {
        **Options.model_json_schema(),
        "title": "FileSubmission",
        "description": "An analysis of an image that is sent along.",
        "properties": {"image": _FILE, **Options.model_json_schema()["properties"]},
        "required": ["image"],
    },
}
"""Of bodies that are read by hand."""
_SUBMISSION = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": [schema_ref("UrlSubmission"), schema_ref("UploadSubmission")]}
            },
            "multipart/form-data": {"schema": schema_ref("FileSubmission")},
        },
    }
}
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged"}}
_CONTENT: dict[int | str, dict[str, Any]] = {
    206: {"description": "The range that was asked for"},
    **UNCHANGED,
    **problems(404, 416, *ERRORS),
}

router = APIRouter(tags=["analyses"])


class ConditionalRequest(BaseModel):
    """Headers of a conditional request, or of one for a part (RFC 9110 §13 and §14)."""

    if_none_match: str | None = Field(default=None, max_length=1000)
    range: str | None = Field(default=None, max_length=100)
    if_range: str | None = Field(default=None, max_length=100)

    def headers(self) -> dict[str, str]:
        given = self.model_dump(exclude_none=True)
        return {name.replace("_", "-").title(): value for name, value in given.items()}


Conditional = Annotated[ConditionalRequest, Header()]


@router.post(
    "/v1/analyses",
    operation_id="submit",
    summary="Submit an image",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=Analysis,
    openapi_extra=_SUBMISSION,
    responses={
        200: {"model": Analysis, "description": "It ended within the preferred wait"},
        **problems(
            404, 409, 415, "operation-unavailable", "idempotency-key-reused", *SPENT, *ERRORS
        ),
    },
)
async def submit(
    analyses: Analyses,
    submissions: SubmissionReading,
    idempotency: IdempotencyPart,
    hints: HintsPart,
    writer: Writer,
    request: Request,
    key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> Response:
    """By its address or the id of a presigned upload (JSON), or as a file (multipart/form-data).

    It is accepted at once and analysed later; with `Prefer: wait=N` the answer is held back until it ends, N
    seconds at the most. With an `Idempotency-Key` the same request can be sent again: it is accepted once.
    """
    with contextlib.ExitStack() as listening:
        async with (
            submissions.reading(request) as submission,
            idempotency.claim(writer.user_id, key, f"submit:{submission.fingerprint}") as claim,
        ):
            analysis_id = claim.analysis_id
            ends = listening.enter_context(hints.listen(end_of(analysis_id)))
            answer = claim.answered or await analyses.submit(
                writer, analysis_id, submission.intent(), submission.image
            )
        wait = _preferred_wait(prefer)
        if wait is None:
            return _accepted(answer, analysis_id)
        newest, ended = await analyses.wait(writer, analysis_id, ends, answer, wait)
    applied = {"Preference-Applied": f"wait={wait}"}
    return newest.response(applied) if ended else _accepted(newest, analysis_id, applied)


@router.get(
    "/v1/analyses",
    operation_id="list_analyses",
    summary="List one's own analyses",
    response_model=AnalysisPage,
    responses=problems(*ERRORS),
)
async def list_analyses(
    results: Results, reader: Reader, wanted: Annotated[ListQuery, Query()]
) -> Response:
    """Newest first; with filters those in which that was seen. `result` is null in lists: `summary` says what was
    found. A page may be short although more follow: `next_cursor` tells."""
    return (await results.list_analyses(reader.user_id, wanted.params())).response()


@router.get(
    "/v1/analyses/{analysis_id}",
    operation_id="get_analysis",
    summary="Get an analysis, or wait for its end",
    response_model=Analysis,
    responses={**UNCHANGED, **problems(404, *ERRORS)},
)
async def get_analysis(
    analyses: Analyses,
    hints: HintsPart,
    reader: Reader,
    analysis_id: AnalysisId,
    wait: Annotated[int | None, Query(ge=0, le=MAX_WAIT_S)] = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """With `wait=N` the answer is held back until it ends, N seconds at the most. Ask with `If-None-Match` to
    read it only where it has changed."""
    condition = {"If-None-Match": if_none_match} if if_none_match else None
    if not wait:
        return (await analyses.get(reader, analysis_id, condition)).response()
    with hints.listen(end_of(analysis_id)) as ends:
        first = await analyses.get(reader, analysis_id)
        newest, _ = await analyses.wait(reader, analysis_id, ends, first, wait)
    if condition is not None:
        newest = await analyses.get(reader, analysis_id, condition)
    return newest.response()


@router.get(
    "/v1/analyses/{analysis_id}/result",
    operation_id="get_result",
    summary="Get the stored result",
    response_model=Result,
    responses=_CONTENT,
)
async def get_result(
    results: Results, reader: Reader, analysis_id: AnalysisId, condition: Conditional
) -> Response:
    """As it lies in the store, also in parts (`Range`). 404 until the analysis has succeeded."""
    headers = condition.headers()
    return (await results.content(reader.user_id, analysis_id, "result", headers)).response()


@router.get(
    "/v1/analyses/{analysis_id}/preview",
    operation_id="get_preview",
    summary="Get the preview of an image",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {"schema": binary("image/jpeg")}}}, **_CONTENT},
)
async def get_preview(
    results: Results, reader: Reader, analysis_id: AnalysisId, condition: Conditional
) -> Response:
    """A JPEG of 1,280 pixels at the most, upright and without metadata. 404 until the analysis has succeeded."""
    headers = condition.headers()
    return (await results.content(reader.user_id, analysis_id, "preview", headers)).response()


@router.get(
    "/v1/analyses/{analysis_id}/similar",
    operation_id="list_similar",
    summary="Find pictures that look alike",
    response_model=SimilarAnalyses,
    responses=problems(404, "nothing-to-compare", *ERRORS),
)
async def list_similar(
    results: Results, reader: Reader, analysis_id: AnalysisId, limit: Limit = 20
) -> Response:
    """The caller's other pictures that look alike: near-duplicates first, then the most alike. Near-duplicates need the
    operation `hash`, the others `labels`; 409 where the analysis had neither."""
    return (await results.list_similar(reader.user_id, analysis_id, query(limit=limit))).response()


@router.post(
    "/v1/analyses/{analysis_id}/cancel",
    operation_id="cancel_analysis",
    summary="Cancel an analysis",
    response_model=Analysis,
    responses=problems(404, 409, "already-finished", "idempotency-key-reused", *ERRORS),
)
async def cancel(
    results: Results,
    idempotency: IdempotencyPart,
    writer: Writer,
    analysis_id: AnalysisId,
    key: IdempotencyKey = None,
) -> Response:
    """While it is queued or running."""
    digest = hashlib.sha256(f"cancel:{analysis_id}".encode()).hexdigest()
    async with idempotency.claim(writer.user_id, key, digest, analysis_id=analysis_id) as claim:
        if claim.answered is not None and status_of(claim.answered) == "canceled":
            return claim.answered.response()
        return (await results.cancel(writer.user_id, analysis_id)).response()


@router.post(
    "/v1/analyses/{analysis_id}/retry",
    operation_id="retry_analysis",
    summary="Analyse the same input again",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=Analysis,
    responses=problems(404, 409, "idempotency-key-reused", *SPENT, *ERRORS),
)
async def retry(
    analyses: Analyses,
    idempotency: IdempotencyPart,
    writer: Writer,
    analysis_id: AnalysisId,
    key: IdempotencyKey = None,
) -> Response:
    """As a new analysis, which names the old one in `retry_of`. For what failed, or to see what newer models find."""
    digest = hashlib.sha256(f"retry:{analysis_id}".encode()).hexdigest()
    async with idempotency.claim(writer.user_id, key, digest) as claim:
        answer = claim.answered
        if answer is None:
            earlier = (await analyses.get(writer, analysis_id)).json()
            intent = {
                "input": earlier["input"],
                "request_id": context.request_id.get(),
                "retry_of": analysis_id,
            }
            answer = await analyses.submit(writer, claim.analysis_id, intent)
    return _accepted(answer, claim.analysis_id)


@router.delete(
    "/v1/analyses/{analysis_id}",
    operation_id="delete_analysis",
    summary="Delete an analysis",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=problems(404, *ERRORS),
)
async def delete(results: Results, writer: Writer, analysis_id: AnalysisId) -> None:
    """Remove result, preview and upload; what still runs is canceled first."""
    await results.delete_analysis(writer.user_id, analysis_id)


def _preferred_wait(prefer: str | None) -> int | None:
    """RFC 7240 `wait`: a preference that cannot be read is ignored, one too long is cut."""
    wait = re.search(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])", prefer or "")
    return min(int(wait[1]), MAX_WAIT_S) or None if wait else None


def _accepted(answer: Answer, analysis_id: str, more: Mapping[str, str] | None = None) -> Response:
    headers = {
        "Location": f"/v1/analyses/{analysis_id}",
        "Retry-After": RETRY_AFTER_S,
        "Cache-Control": "no-store",
        **(more or {}),
    }
    return answer.response(headers, status.HTTP_202_ACCEPTED)
