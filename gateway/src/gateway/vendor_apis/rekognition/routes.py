"""What an unmodified AWS SDK calls when its endpoint is `/compat/rekognition`."""

import asyncio
import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from sightline_contracts import context, loader, memory
from sightline_contracts.problems import BadRequest, InvalidRequest, Problem, pointer

from gateway.admission.credentials import Principal, admit
from gateway.analyses import submission as submissions
from gateway.analyses.submission import Submission, body_of
from gateway.errors import UpstreamProblem
from gateway.vendor_apis import sigv4
from gateway.vendor_apis.rekognition import CALLS
from gateway.vendor_apis.rekognition.errors import MEDIA_TYPE
from gateway.vendor_apis.rekognition.shapes import Call, S3Object
from gateway.vendor_apis.running import Runner
from gateway.wiring import Wiring

PATH = "/compat/rekognition"
SERVICE = "rekognition"
BODY_AT_MOST = loader.sla("gateway").operation("POST", PATH).body_limit_bytes
BYTES_LIMIT = 5_242_880
"""Of Image.Bytes, by the service's model."""
_UPLOAD = re.compile(r"uploads/(us_[0-9a-z]{26})/(up_[0-9a-z]{26})")
_BODY = {"type": "object", "required": ["Image"], "properties": {"Image": {"type": "object"}}}
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["__type", "Message"],
    "properties": {"__type": {"type": "string"}, "Message": {"type": "string"}},
}
_DESCRIBED = {"requestBody": {"required": True, "content": {MEDIA_TYPE: {"schema": _BODY}}}}


class UnknownOperation(Problem):
    status, slug, title = 400, "unknown-operation", "This operation is not offered"


class ImageTooLarge(Problem):
    status, slug, title = 413, "image-too-large", "The image is larger than allowed"


class NoSuchObject(Problem):
    status, slug, title = 422, "no-such-object", "There is no such upload of yours"


def routes(wiring: Wiring) -> APIRouter:
    router = APIRouter(tags=["compatible"])
    runner = Runner(wiring)

    async def claimed(request: Request) -> sigv4.Claim:
        """What the request says of its signature, looked at before the body is read: whoever has no
        key sends none."""
        incoming = sigv4.Incoming(
            request.method,
            request.scope["raw_path"].decode("latin-1"),
            request.scope["query_string"].decode("latin-1"),
            request.headers.items(),
        )
        claim = sigv4.read(incoming, SERVICE, datetime.now(UTC))
        await wiring.credentials.require_known(claim.key_id)
        return claim

    async def caller(claim: sigv4.Claim, payload: str) -> Principal:
        signed = claim.signed(payload)
        principal = await wiring.credentials.by_signature(signed.body())
        return await admit(wiring.limiter, principal, "analyses:write", "analyses:read")

    async def detect(request: Request) -> Response:
        claim = await claimed(request)
        with memory.for_a_moment():
            digest = hashlib.sha256()
            body = await body_of(request, BODY_AT_MOST, digest)
            memory.take(2 * len(body))  # the picture in it as text, and as bytes
            principal = await caller(claim, digest.hexdigest())
            call = _read(request.headers.get("X-Amz-Target", ""), body)
            submission = await asyncio.to_thread(_submission, call, principal)
            call.image.encoded = None
            del body
        try:
            with memory.for_a_moment():
                memory.take(submission.image.size or 0 if submission.image else 0)
                analysis = await runner.run(principal, submission)
        except UpstreamProblem as problem:
            if any(error.get("pointer") == "/upload_id" for error in problem.errors):
                raise NoSuchObject from problem
            raise
        headers = {"x-amzn-RequestId": context.request_id.get(), "Cache-Control": "no-store"}
        answer = json.dumps(call.answer(analysis["result"]))
        return Response(answer, 200, headers, MEDIA_TYPE)

    answers: dict[int | str, dict[str, Any]] = {
        200: {"description": "As the service's model says", "content": {MEDIA_TYPE: {}}},
        **{
            status: {"description": said, "content": {MEDIA_TYPE: {"schema": _ERROR}}}
            for status, said in ((400, "The caller's"), (404, "No such path"), (500, "Ours"))
        },
    }
    # An SDK asks for its endpoint as it was given, with or without a slash at the end.
    for path, operation_id in ((PATH, "rekognition"), (f"{PATH}/", "rekognition_with_slash")):
        router.add_api_route(
            path,
            detect,
            methods=["POST"],
            operation_id=operation_id,
            response_class=Response,
            openapi_extra=_DESCRIBED,
            responses=answers,
            summary="Amazon Rekognition, AWS JSON 1.1",
        )
    return router


def _read(target: str, body: bytearray) -> Call:
    """Raises UnknownOperation, BadRequest, InvalidRequest."""
    if target not in CALLS:
        raise UnknownOperation(f"There is no {target[:100]} here.")
    try:
        return CALLS[target].model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        if any(one["type"] == "json_invalid" for one in found):
            raise BadRequest("The body is not valid JSON.") from error
        raise InvalidRequest(
            errors=[{"pointer": pointer(one["loc"]), "detail": one["msg"]} for one in found]
        ) from error


def _submission(call: Call, principal: Principal) -> Submission:
    if call.image.s3_object is not None:
        return _of_upload(call.image.s3_object, call.operations(), principal)
    image = call.image.decoded() or b""
    if len(image) > BYTES_LIMIT:
        raise ImageTooLarge(f"Bytes may be {BYTES_LIMIT} at the most.")
    return submissions.of_bytes(image, call.operations())


def _of_upload(there: S3Object, operations: tuple[str, ...], principal: Principal) -> Submission:
    """An upload of the caller's, by its key: the key says all, and there is one bucket."""
    found = _UPLOAD.fullmatch(there.name)
    if found is None or found[1] != principal.user_id or there.version is not None:
        raise NoSuchObject
    return submissions.of_value({"upload_id": found[2], "operations": list(operations)})
