"""Clarifai's PostModelOutputs: every input becomes an analysis, and its result an output."""

import asyncio
import json
import re
from typing import Any

from fastapi import Request, Response
from sightline_contracts import context, memory
from sightline_contracts.problems import Problem

from gateway.admission.credentials import Admission, Credentials, Principal
from gateway.analyses.submission import SubmissionReader, body_of
from gateway.errors import OperationUnavailable
from gateway.vendor_apis.clarifai import errors, requests
from gateway.vendor_apis.clarifai.errors import MalformedKey, MissingKey, NoSuchModel, Status
from gateway.vendor_apis.clarifai.outputs import MODELS
from gateway.vendor_apis.clarifai.requests import Input, OutputConfig
from gateway.vendor_apis.synchronous import SynchronousAnalysis

ENCODED = 2
"""Bytes that a character of base64 counts as while it is decoded: a copy, and the picture."""
AT_A_TIME = 16
"""Inputs of one call that are under way: one caller must not fill the bulkheads."""
_KEY = re.compile(r"slk_[0-9a-z]{26}_[A-Za-z0-9_-]{43}")


class Clarifai:
    """`body_limit` is in bytes."""

    def __init__(
        self,
        credentials: Credentials,
        admission: Admission,
        reader: SubmissionReader,
        analysis: SynchronousAnalysis,
        body_limit: int,
    ) -> None:
        self._credentials = credentials
        self._admission = admission
        self._reader = reader
        self._analysis = analysis
        self._body_limit = body_limit

    async def outputs(self, request: Request, model_id: str) -> Response:
        """Raises MissingKey, MalformedKey, NoSuchModel, BadRequest, InvalidRequest, Overloaded, and
        what admission does. The problem of one input becomes that input's status."""
        principal = await self._caller(request)
        if model_id not in MODELS:
            raise NoSuchModel
        operation = MODELS[model_id].operation
        if not self._reader.offers(operation):
            raise OperationUnavailable(f"No configured engine does {operation}.")
        with memory.for_a_moment():
            body = await body_of(request, self._body_limit)
            size = len(body)
            memory.take(size)
            call = await asyncio.to_thread(requests.read, body)
            del body
        memory.take(size)  # the pictures, as text, until every output is there
        places = asyncio.Semaphore(AT_A_TIME)
        options = call.config.options(operation)

        async def output(value: Any) -> dict[str, Any]:
            image = requests.input_of(value)
            try:
                async with places:
                    analysis = await self._analyse(principal, image, options)
            except Problem as problem:
                return _failed(image, model_id, problem)
            return _done(image, model_id, analysis, call.config)

        return _answer(await asyncio.gather(*map(output, call.inputs)))

    async def _analyse(
        self, principal: Principal, image: Input, options: dict[str, Any]
    ) -> dict[str, Any]:
        with memory.for_a_moment():
            memory.take(ENCODED * len(image.encoded or ""))
            submission = await asyncio.to_thread(image.submission, self._reader, options)
            return await self._analysis.run(principal, submission)

    async def _caller(self, request: Request) -> Principal:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Key" or not key:
            raise MissingKey
        if _KEY.fullmatch(key) is None:
            raise MalformedKey
        principal = await self._credentials.by_api_key(key)
        return await self._admission.admit(principal, "analyses:write", "analyses:read")


def _done(
    image: Input, model_id: str, analysis: dict[str, Any], config: OutputConfig
) -> dict[str, Any]:
    """The output's id is the analysis's, so that everything else can be read by it."""
    model, result = MODELS[model_id], analysis["result"]
    return {
        "id": analysis["id"],
        "status": errors.OK.body("", context.request_id.get()),
        "created_at": analysis["created_at"],
        "model": model.described(model_id, result),
        "input": image.echo,
        "data": model.data(result, config),
    }


def _failed(image: Input, model_id: str, problem: Problem) -> dict[str, Any]:
    request_id = context.request_id.get()
    return {
        "status": errors.status_body(problem.slug, problem.detail, problem.errors, request_id),
        "model": MODELS[model_id].described(model_id, None),
        "input": image.echo,
        "data": {},
    }


def _answer(outputs: list[dict[str, Any]]) -> Response:
    status = _overall([output["status"]["code"] for output in outputs])
    body = {"status": status.body("", context.request_id.get()), "outputs": outputs}
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps(body), status.http, headers, "application/json")


def _overall(codes: list[int]) -> Status:
    failed = [code for code in codes if code != errors.OK.code]
    if not failed:
        return errors.OK
    if len(failed) < len(codes):
        return errors.MIXED
    return errors.FAILURE if errors.OURS.isdisjoint(failed) else errors.OUR_FAILURE
