"""What an unmodified client of Clarifai calls when its base address is `/compat/clarifai`."""

import asyncio
import json
import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from sightline_contracts import context, loader, memory
from sightline_contracts.problems import Problem

from gateway.admission.credentials import Principal, admit
from gateway.analyses.submission import body_of
from gateway.errors import OperationUnavailable
from gateway.models.analyses import AVAILABLE_OPERATIONS
from gateway.vendor_apis.clarifai import errors, requests
from gateway.vendor_apis.clarifai.errors import MalformedKey, MissingKey, NoSuchModel, Status
from gateway.vendor_apis.clarifai.outputs import MODELS
from gateway.vendor_apis.clarifai.requests import Input, OutputConfig
from gateway.vendor_apis.running import Runner
from gateway.wiring import Wiring

PATH = "/compat/clarifai"
BODY_AT_MOST = (
    loader.sla("gateway").operation("POST", f"{PATH}/v2/models/x/outputs").body_limit_bytes
)
ENCODED = 2
"""As how many bytes a character of base64 counts while it is decoded: a copy, and the picture."""
AT_A_TIME = 16
"""Inputs of one call that are under way: one caller must not fill the bulkheads."""
_USER = "/users/{user_id}/apps/{app_id}"
_MODEL, _VERSION = "/models/{model_id}", "/versions/{version_id}"
ROUTES = {
    "clarifai_outputs": f"{PATH}/v2{_MODEL}/outputs",
    "clarifai_version_outputs": f"{PATH}/v2{_MODEL}{_VERSION}/outputs",
    "clarifai_user_outputs": f"{PATH}/v2{_USER}{_MODEL}/outputs",
    "clarifai_user_version_outputs": f"{PATH}/v2{_USER}{_MODEL}{_VERSION}/outputs",
}
_KEY = re.compile(r"slk_[0-9a-z]{26}_[A-Za-z0-9_-]{43}")
_ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {
            "type": "object",
            "required": ["code", "description"],
            "properties": {"code": {"type": "integer"}, "description": {"type": "string"}},
        },
        "outputs": {"type": "array", "items": {"type": "object", "required": ["status", "input"]}},
    },
}
_BODY = {
    "type": "object",
    "required": ["inputs"],
    "properties": {
        "inputs": {"type": "array", "minItems": 1, "maxItems": 128, "items": {"type": "object"}},
        "model": {"type": "object"},
    },
}
_SAID = {
    200: "Every input has an output",
    207: "Some inputs failed",
    400: "The call or every input failed",
    401: "No valid key",
    403: "The key may not do this",
    404: "No such model",
    413: "Too large",
    429: "Too many requests, or the quota is used up",
    500: "Ours",
    503: "Try again",
    504: "Too late",
}


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["compatible"])
    runner = Runner(wiring)

    async def caller(request: Request) -> Principal:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Key" or not key:
            raise MissingKey
        if _KEY.fullmatch(key) is None:
            raise MalformedKey
        principal = await wiring.credentials.by_api_key(key)
        return await admit(wiring.limiter, principal, "analyses:write", "analyses:read")

    async def outputs(request: Request, model_id: Annotated[str, Path(max_length=100)]) -> Response:
        """Who owns the model and which version is asked for makes no difference: there is one."""
        principal = await caller(request)
        if model_id not in MODELS:
            raise NoSuchModel
        model = MODELS[model_id]
        if model.operation not in AVAILABLE_OPERATIONS:
            raise OperationUnavailable(f"No configured engine does {model.operation}.")
        with memory.for_a_moment():
            body = await body_of(request, BODY_AT_MOST)
            size = len(body)
            memory.take(size)
            call = await asyncio.to_thread(requests.read, body)
            del body
        memory.take(size)  # the pictures, as text, until all are done
        places = asyncio.Semaphore(AT_A_TIME)

        async def one(value: Any) -> dict[str, Any]:
            given = requests.input_of(value)
            try:
                async with places:
                    with memory.for_a_moment():
                        memory.take(ENCODED * len(given.encoded or ""))
                        submission = await asyncio.to_thread(given.submission, (model.operation,))
                        analysis = await runner.run(principal, submission)
            except Problem as problem:
                return _failed(given, model_id, problem)
            return _done(given, model_id, analysis, call.config)

        return _answer(await asyncio.gather(*map(one, call.inputs)))

    answers: dict[int | str, dict[str, Any]] = {
        status: {"description": said, "content": {"application/json": {"schema": _ANSWER}}}
        for status, said in _SAID.items()
    }
    for operation_id, path in ROUTES.items():
        router.add_api_route(
            path,
            outputs,
            methods=["POST"],
            operation_id=operation_id,
            response_class=Response,
            responses=answers,
            summary="Clarifai v2, PostModelOutputs",
            openapi_extra=_described(path),
        )
    return router


def _described(path: str) -> dict[str, Any]:
    """What FastAPI cannot know: the body, and the parts of the path that make no difference."""
    body = {"required": True, "content": {"application/json": {"schema": _BODY}}}
    unread = [name for name in re.findall(r"{(\w+)}", path) if name != "model_id"]
    return {
        "requestBody": body,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in unread
        ],
    }


def _done(
    given: Input, model_id: str, analysis: dict[str, Any], config: OutputConfig
) -> dict[str, Any]:
    """The output's id is the analysis's, under which all else is to be had."""
    model, result = MODELS[model_id], analysis["result"]
    return {
        "id": analysis["id"],
        "status": errors.OK.body("", context.request_id.get()),
        "created_at": analysis["created_at"],
        "model": model.told(model_id, result),
        "input": given.echo,
        "data": model.data(result, config),
    }


def _failed(given: Input, model_id: str, problem: Problem) -> dict[str, Any]:
    request_id = context.request_id.get()
    return {
        "status": errors.told(problem.slug, problem.detail, problem.errors, request_id),
        "model": MODELS[model_id].told(model_id, None),
        "input": given.echo,
        "data": {},
    }


def _answer(outputs: list[dict[str, Any]]) -> Response:
    status = _overall([one["status"]["code"] for one in outputs])
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
