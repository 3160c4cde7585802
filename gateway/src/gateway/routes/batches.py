"""Batches: up to 128 submissions by JSON in one request, each accepted or rejected by itself."""

import asyncio
import hashlib
import json
from typing import Any

from fastapi import APIRouter, Request, Response, status
from pydantic import ValidationError
from sightline_contracts import ids, loader, memory
from sightline_contracts.answers import problems
from sightline_contracts.problems import Problem, UnsupportedMediaType

from gateway.admission.credentials import Principal, Reader, Writer
from gateway.analyses import submission as submissions
from gateway.analyses.idempotency import IdempotencyKey
from gateway.analyses.submission import Submission
from gateway.errors import UpstreamProblem
from gateway.models.analyses import Batch, BatchId, BatchSubmission
from gateway.routes.analyses import Conductor
from gateway.upstream.answers import DECODED
from gateway.wiring import Wiring

AT_A_TIME = 8
BODY_AT_MOST = loader.sla("gateway").operation("POST", "/v1/batches").body_limit_bytes
COMMON = (401, 403, 422, 429, 502, 503, 504)
_SCHEMA = BatchSubmission.model_json_schema()
_SCHEMA["properties"]["items"]["items"] = submissions.JSON_SCHEMA
Member = dict[str, Any]


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["batches"])
    results = wiring.results
    conductor = Conductor(wiring)

    def path(principal: Principal, batch_id: str, tail: str = "") -> str:
        return f"/v1/users/{principal.user_id}/batches/{batch_id}{tail}"

    async def accepted(writer: Writer, member: Member, submission: Submission) -> Member:
        """The member, with the problem where it was not accepted. One that was accepted before and is
        deleted stays as it is: it is not made again for who repeats the batch."""
        try:
            await conductor.submit(writer, member["analysis_id"], submission.intent(), alone=False)
        except Problem as problem:
            if isinstance(problem, UpstreamProblem) and problem.is_of_deleted:
                return member
            return _rejected(member["index"], problem)
        return member

    @router.post(
        "/v1/batches",
        operation_id="submit_batch",
        status_code=status.HTTP_202_ACCEPTED,
        response_model=Batch,
        responses=problems(409, 413, 415, *COMMON),
        openapi_extra={
            "requestBody": {"required": True, "content": {"application/json": {"schema": _SCHEMA}}}
        },
    )
    async def submit_batch(
        writer: Writer, request: Request, key: IdempotencyKey = None
    ) -> Response:
        """Mixed success is allowed: an item that is not accepted holds the problem."""
        batch = await _read(request)
        digest = hashlib.sha256(json.dumps(batch.items, sort_keys=True).encode()).hexdigest()
        async with wiring.idempotency.turn(writer.user_id, key, f"batch:{digest}") as turn:
            batch_id = ids.sibling("ba", turn.analysis_id)
            checked = [_checked(index, item) for index, item in enumerate(batch.items)]
            wanted = {"members": [member for member, _ in checked]}
            # Kept before anything is accepted, with the ids to be: a repetition takes up those.
            kept = (await results.call("PUT", path(writer, batch_id), json_body=wanted)).json()
            places = asyncio.Semaphore(AT_A_TIME)

            async def one(member: Member, submission: Submission | None) -> Member:
                if submission is None or member["analysis_id"] is None:
                    return member
                async with places:
                    return await accepted(writer, member, submission)

            members = await asyncio.gather(
                *(
                    one(member, found)
                    for member, (_, found) in zip(kept["members"], checked, strict=True)
                )
            )
            if members != kept["members"]:
                settlement = path(writer, batch_id, "/settlement")
                await results.call("POST", settlement, json_body={"members": members})
        answer = await results.call("GET", path(writer, batch_id))
        headers = {"Location": f"/v1/batches/{batch_id}", "Cache-Control": "no-store"}
        return answer.response(headers, status.HTTP_202_ACCEPTED)

    @router.get(
        "/v1/batches/{batch_id}",
        operation_id="get_batch",
        response_model=Batch,
        responses=problems(404, *COMMON),
    )
    async def get_batch(reader: Reader, batch_id: BatchId) -> Response:
        """Each item with its analysis's state now."""
        return (await results.call("GET", path(reader, batch_id))).response()

    return router


async def _read(request: Request) -> BatchSubmission:
    """By hand, so that the body is read after the credentials. Raises BadRequest, InvalidRequest,
    UnsupportedMediaType, BodyTooLarge, Overloaded."""
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise UnsupportedMediaType("Send application/json.")
    body = await submissions.body_of(request, BODY_AT_MOST)
    memory.take(len(body) * DECODED)
    try:
        return BatchSubmission.model_validate_json(body)
    except ValidationError as error:
        raise submissions.translated(error) from error


def _checked(index: int, item: dict[str, Any]) -> tuple[Member, Submission | None]:
    try:
        submission = submissions.of_value(item)
    except Problem as problem:
        return _rejected(index, problem), None
    return {"index": index, "analysis_id": ids.new_id("an"), "error": None}, submission


def _rejected(index: int, problem: Problem) -> Member:
    error = {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "errors": list(problem.errors),
    }
    return {"index": index, "analysis_id": None, "error": error}
