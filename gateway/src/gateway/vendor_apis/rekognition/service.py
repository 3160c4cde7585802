"""Amazon Rekognition's operations: a signed call becomes an analysis, and its result the answer."""

import asyncio
import hashlib
import json
import re
from datetime import UTC, datetime

from fastapi import Request, Response
from pydantic import ValidationError
from sightline_contracts import context, memory
from sightline_contracts.problems import BadRequest, InvalidRequest, Problem, pointer, sentence

from gateway.admission.credentials import Admission, Credentials, Principal
from gateway.analyses.submission import Submission, SubmissionReader, body_of
from gateway.errors import UpstreamProblem
from gateway.vendor_apis import sigv4
from gateway.vendor_apis.rekognition import CALLS
from gateway.vendor_apis.rekognition.errors import MEDIA_TYPE
from gateway.vendor_apis.rekognition.shapes import Call, Json, S3Object
from gateway.vendor_apis.synchronous import SynchronousAnalysis

SERVICE = "rekognition"
BYTES_LIMIT = 5_242_880
"""Of Image.Bytes, by the service's model."""
_UPLOAD = re.compile(r"uploads/(us_[0-9a-z]{26})/(up_[0-9a-z]{26})")


class UnknownOperation(Problem):
    status, slug, title = 400, "unknown-operation", "This operation is not offered"


class ImageTooLarge(Problem):
    status, slug, title = 413, "image-too-large", "The image is larger than allowed"


class NoSuchObject(Problem):
    status, slug, title = 422, "no-such-object", "There is no such upload of yours"


class Rekognition:
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

    async def answer(self, request: Request) -> Response:
        """Raises UnknownOperation, ImageTooLarge, NoSuchObject, BadRequest, InvalidRequest, and what
        signatures, admission and the analysis do."""
        claim = await self._claim(request)
        with memory.for_a_moment():
            digest = hashlib.sha256()
            body = await body_of(request, self._body_limit, digest)
            memory.take(2 * len(body))  # the picture in it as text, and as bytes
            principal = await self._caller(claim, digest.hexdigest())
            call = _read(request.headers.get("X-Amz-Target", ""), body)
            submission = await asyncio.to_thread(self._submission, call, principal)
            call.image.encoded = None
            del body
        try:
            with memory.for_a_moment():
                memory.take(submission.image.size or 0 if submission.image else 0)
                analysis = await self._analysis.run(principal, submission)
        except UpstreamProblem as problem:
            if any(error.get("pointer") == "/upload_id" for error in problem.errors):
                raise NoSuchObject from problem
            raise
        headers = {"x-amzn-RequestId": context.request_id.get(), "Cache-Control": "no-store"}
        answer = json.dumps(call.answer(analysis["result"]))
        return Response(answer, 200, headers, MEDIA_TYPE)

    async def _claim(self, request: Request) -> sigv4.Claim:
        """The request's signature, checked as far as it can be before the body is read: a caller
        without a key gets no body read."""
        incoming = sigv4.Incoming(
            request.method,
            request.scope["raw_path"].decode("latin-1"),
            request.scope["query_string"].decode("latin-1"),
            request.headers.items(),
        )
        claim = sigv4.read(incoming, SERVICE, datetime.now(UTC))
        await self._credentials.require_known(claim.key_id)
        return claim

    async def _caller(self, claim: sigv4.Claim, payload: str) -> Principal:
        signed = claim.signed(payload)
        principal = await self._credentials.by_signature(signed.body())
        return await self._admission.admit(principal, "analyses:write", "analyses:read")

    def _submission(self, call: Call, principal: Principal) -> Submission:
        if call.image.s3_object is not None:
            return self._of_upload(call.image.s3_object, call.options(), principal)
        image = call.image.decoded() or b""
        if len(image) > BYTES_LIMIT:
            raise ImageTooLarge(f"Bytes may be {BYTES_LIMIT} at the most.")
        return self._reader.of_bytes(image, call.options())

    def _of_upload(self, s3_object: S3Object, options: Json, principal: Principal) -> Submission:
        """An upload of the caller's, by its key; there is one bucket, so its name says nothing."""
        key = _UPLOAD.fullmatch(s3_object.name)
        if key is None or key[1] != principal.user_id or s3_object.version is not None:
            raise NoSuchObject
        return self._reader.of_value({"upload_id": key[2], **options})


def _read(target: str, body: bytearray) -> Call:
    """Raises UnknownOperation, BadRequest, InvalidRequest."""
    if target not in CALLS:
        raise UnknownOperation(f"There is no {target[:100]} here.")
    try:
        return CALLS[target].model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        if any(fault["type"] == "json_invalid" for fault in faults):
            raise BadRequest("The body is not valid JSON.") from error
        raise InvalidRequest(
            errors=[
                {"pointer": pointer(fault["loc"]), "detail": sentence(fault)} for fault in faults
            ]
        ) from error
