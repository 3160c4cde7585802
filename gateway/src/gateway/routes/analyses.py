"""Submitting, reading and ending analyses."""

import asyncio
import contextlib
import hashlib
import re
import time
from collections.abc import Mapping
from typing import Annotated, Any

import aiohttp
from fastapi import APIRouter, Header, Query, Request, Response, status
from pydantic import BaseModel, Field
from sightline_contracts import context, loader
from sightline_contracts.answers import problems
from sightline_contracts.problems import Problem
from starlette.datastructures import UploadFile

from gateway.admission.credentials import Principal, Reader, Writer
from gateway.analyses import submission as submissions
from gateway.analyses.idempotency import IdempotencyKey
from gateway.analyses.waiting import end_of, until
from gateway.errors import Suspended, UpstreamProblem
from gateway.models.analyses import Analysis, AnalysisId, AnalysisPage, Options, Status
from gateway.upstream.answers import Answer
from gateway.wiring import Wiring

ENDED = frozenset({"succeeded", "failed", "canceled"})
RETRY_AFTER_S = "1"
MAX_WAIT_S = int(loader.sla("gateway").settings["max_wait_s"])
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match")]
Prefer = Annotated[str | None, Header(description="`wait=N`: answer 200 if it ends in time")]
_MULTIPART_SCHEMA: dict[str, Any] = {
    **Options.model_json_schema(),
    "required": ["image"],
}
_MULTIPART_SCHEMA["properties"] = {
    "image": {"type": "string", "contentMediaType": "application/octet-stream"},
    **_MULTIPART_SCHEMA["properties"],
}
_SUBMISSION = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": submissions.JSON_SCHEMA},
            "multipart/form-data": {"schema": _MULTIPART_SCHEMA},
        },
    }
}


class Asked(BaseModel):
    """Headers of a conditional request, or of one for a part (RFC 9110 §13 and §14)."""

    if_none_match: str | None = Field(default=None, max_length=1000)
    range: str | None = Field(default=None, max_length=100)
    if_range: str | None = Field(default=None, max_length=100)

    def headers(self) -> dict[str, str]:
        found = self.model_dump(exclude_none=True)
        return {name.replace("_", "-").title(): value for name, value in found.items()}


class Conductor:
    """What several of the routes do with result-service and user-service."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring

    @staticmethod
    def path(principal: Principal, analysis_id: str, tail: str = "") -> str:
        return f"/v1/users/{principal.user_id}/analyses/{analysis_id}{tail}"

    async def get(
        self, principal: Principal, analysis_id: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        path = self.path(principal, analysis_id)
        return await self._wiring.results.call("GET", path, headers=headers)

    async def submit(
        self,
        principal: Principal,
        analysis_id: str,
        intent: dict[str, Any],
        image: UploadFile | None = None,
        *,
        alone: bool = True,
    ) -> Answer:
        """`alone`: the request that it came with was counted for it, and for no other.
        Raises OperationUnavailable and RateLimited besides what `accept` does."""
        await self._wiring.engines.require(intent["input"]["engine"])
        more = submissions.surcharge(intent)
        await self._wiring.limiter.weigh(
            principal.limit_key, principal.user_id, more if alone else max(1, more)
        )
        return await self.accept(principal, analysis_id, intent, image)

    async def accept(
        self,
        principal: Principal,
        analysis_id: str,
        intent: dict[str, Any],
        image: UploadFile | None = None,
    ) -> Answer:
        """Reserve, store the image, write the intent: 202 may be said after that.

        When a later step fails the unit is given back; when that fails too, the reservation
        expires by itself. An image without an intent expires with the bucket's lifecycle.
        """
        reservation = f"/v1/users/{principal.user_id}/reservations/{analysis_id}"
        try:
            await self._wiring.users.call("PUT", reservation)
        except UpstreamProblem as problem:
            if problem.slug == Suspended.slug:
                raise Suspended from problem
            raise
        try:
            if image is not None:
                await self._store(principal, analysis_id, image)
            return await self._wiring.results.call(
                "PUT", self.path(principal, analysis_id), json_body=intent
            )
        except Problem:
            await self._give_back(reservation)
            raise

    async def _store(self, principal: Principal, analysis_id: str, image: UploadFile) -> None:
        payload = aiohttp.payload.BufferedReaderPayload(
            image.file, content_type="application/octet-stream"
        )
        path = self.path(principal, analysis_id, "/upload")
        await self._wiring.results.call("PUT", path, data=payload)

    async def _give_back(self, reservation: str) -> None:
        try:
            await self._wiring.users.call("DELETE", reservation)
        except Problem:
            return  # it expires

    async def settled(
        self,
        principal: Principal,
        analysis_id: str,
        ends: asyncio.Queue[str],
        answer: Answer,
        seconds: float,
    ) -> tuple[Answer, bool]:
        """Wait up to `seconds` for the end. The newest answer, and whether it has ended.

        `ends` hears of the end since before `answer` was asked for: nothing is asked again until
        there is something to hear.
        """
        newest = answer

        async def ended() -> bool:
            nonlocal newest
            newest = await self.get(principal, analysis_id)
            return _status(newest) in ENDED

        if _status(answer) in ENDED:
            return answer, True
        started = time.monotonic()
        in_time = await until(ends, seconds, ended)
        context.held_s.set(time.monotonic() - started)
        return newest, in_time


def _status(answer: Answer) -> str:
    return str(answer.json()["status"])


def _preferred_wait(prefer: str | None) -> int | None:
    """RFC 7240 `wait`; a preference that cannot be read is none, one too long is cut."""
    found = re.search(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?:$|[,;])", prefer or "")
    return min(int(found[1]), MAX_WAIT_S) or None if found else None


def _accepted(answer: Answer, analysis_id: str, more: Mapping[str, str] | None = None) -> Response:
    headers = {
        "Location": f"/v1/analyses/{analysis_id}",
        "Retry-After": RETRY_AFTER_S,
        "Cache-Control": "no-store",
        **(more or {}),
    }
    return answer.response(headers, status.HTTP_202_ACCEPTED)


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["analyses"])
    results = wiring.results
    conductor = Conductor(wiring)
    common = (401, 403, 422, 429, 502, 503, 504)

    @router.post(
        "/v1/analyses",
        operation_id="submit",
        status_code=status.HTTP_202_ACCEPTED,
        response_model=Analysis,
        openapi_extra=_SUBMISSION,
        responses={
            200: {"model": Analysis, "description": "It ended within the preferred wait"},
            **problems(409, 415, *common),
        },
    )
    async def submit(
        writer: Writer, request: Request, key: IdempotencyKey = None, prefer: Prefer = None
    ) -> Response:
        """Submit an image by address or upload (JSON), or as a file (multipart/form-data)."""
        with contextlib.ExitStack() as listening:
            async with (
                submissions.reading(request) as submission,
                wiring.idempotency.turn(
                    writer.user_id, key, f"submit:{submission.fingerprint}"
                ) as turn,
            ):
                analysis_id = turn.analysis_id
                ends = listening.enter_context(wiring.hints.listen(end_of(analysis_id)))
                answer = turn.answered or await conductor.submit(
                    writer, analysis_id, submission.intent(), submission.image
                )
            wait = _preferred_wait(prefer)
            if wait is None:
                return _accepted(answer, analysis_id)
            newest, ended = await conductor.settled(writer, analysis_id, ends, answer, wait)
        applied = {"Preference-Applied": f"wait={wait}"}
        return newest.response(applied) if ended else _accepted(newest, analysis_id, applied)

    @router.get(
        "/v1/analyses",
        operation_id="list_analyses",
        response_model=AnalysisPage,
        responses=problems(*common),
    )
    async def list_analyses(
        reader: Reader,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
        wanted: Annotated[Status | None, Query(alias="status")] = None,
    ) -> Response:
        """The caller's own, newest first."""
        given = {"limit": str(limit), "cursor": cursor, "status": wanted}
        params = {name: value for name, value in given.items() if value is not None}
        path = f"/v1/users/{reader.user_id}/analyses"
        return (await results.call("GET", path, params=params)).response()

    @router.get(
        "/v1/analyses/{analysis_id}",
        operation_id="get_analysis",
        response_model=Analysis,
        responses={304: {"description": "Unchanged"}, **problems(404, *common)},
    )
    async def get_analysis(
        reader: Reader,
        analysis_id: AnalysisId,
        wait: Annotated[int | None, Query(ge=0, le=MAX_WAIT_S)] = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """One analysis. `wait=N` holds the answer back until it ends, N seconds at the most."""
        condition = {"If-None-Match": if_none_match} if if_none_match else None
        if not wait:
            return (await conductor.get(reader, analysis_id, condition)).response()
        with wiring.hints.listen(end_of(analysis_id)) as ends:
            first = await conductor.get(reader, analysis_id)
            newest, _ = await conductor.settled(reader, analysis_id, ends, first, wait)
        if condition is not None:
            newest = await conductor.get(reader, analysis_id, condition)
        return newest.response()

    def proxied(tail: str, operation_id: str, **declared: Any) -> None:
        @router.get(
            "/v1/analyses/{analysis_id}" + tail,
            operation_id=operation_id,
            responses={
                **declared.pop("responses", {}),
                206: {"description": "The range that was asked for"},
                304: {"description": "Unchanged"},
                **problems(404, 416, *common),
            },
            **declared,
        )
        async def proxy(
            reader: Reader, analysis_id: AnalysisId, asked: Annotated[Asked, Header()]
        ) -> Response:
            path = conductor.path(reader, analysis_id, tail)
            return (await results.pass_on(path, asked.headers())).response()

    proxied("/result", "get_result", response_model=dict[str, Any])
    proxied(
        "/preview",
        "get_preview",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}}}},
    )

    @router.post(
        "/v1/analyses/{analysis_id}/cancel",
        operation_id="cancel_analysis",
        response_model=Analysis,
        responses=problems(404, 409, *common),
    )
    async def cancel(
        writer: Writer, analysis_id: AnalysisId, key: IdempotencyKey = None
    ) -> Response:
        """Cancel while queued or running."""
        digest = hashlib.sha256(f"cancel:{analysis_id}".encode()).hexdigest()
        async with wiring.idempotency.turn(
            writer.user_id, key, digest, analysis_id=analysis_id
        ) as turn:
            if turn.answered is not None and _status(turn.answered) == "canceled":
                return turn.answered.response()
            path = conductor.path(writer, analysis_id, "/cancel")
            return (await results.call("POST", path)).response()

    @router.post(
        "/v1/analyses/{analysis_id}/retry",
        operation_id="retry_analysis",
        status_code=status.HTTP_202_ACCEPTED,
        response_model=Analysis,
        responses=problems(404, 409, *common),
    )
    async def retry(
        writer: Writer, analysis_id: AnalysisId, key: IdempotencyKey = None
    ) -> Response:
        """The same input as a new analysis."""
        digest = hashlib.sha256(f"retry:{analysis_id}".encode()).hexdigest()
        async with wiring.idempotency.turn(writer.user_id, key, digest) as turn:
            answer = turn.answered
            if answer is None:
                earlier = (await conductor.get(writer, analysis_id)).json()
                intent = {
                    "input": earlier["input"],
                    "request_id": context.request_id.get(),
                    "retry_of": analysis_id,
                }
                answer = await conductor.submit(writer, turn.analysis_id, intent)
        return _accepted(answer, turn.analysis_id)

    @router.delete(
        "/v1/analyses/{analysis_id}",
        operation_id="delete_analysis",
        status_code=status.HTTP_204_NO_CONTENT,
        responses=problems(404, *common),
    )
    async def delete(writer: Writer, analysis_id: AnalysisId) -> None:
        """Remove result, preview and upload; what still runs is canceled first."""
        await results.call("DELETE", conductor.path(writer, analysis_id))

    return router
