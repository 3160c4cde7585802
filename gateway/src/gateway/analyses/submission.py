"""Reads a submission: JSON with an address or an upload's id, or a multipart form with a file."""

import contextlib
import errno
import hashlib
import io
import json
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Request
from pydantic import Discriminator, Tag, TypeAdapter, ValidationError
from sightline_contracts import context, memory
from sightline_contracts.problems import (
    BadRequest,
    BodyTooLarge,
    InvalidRequest,
    Overloaded,
    Problem,
    UnsupportedMediaType,
    pointer,
    sentence,
)
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.errors import OperationUnavailable
from gateway.models.analyses import IMAGE_LIMIT, Options, UploadSubmission, UrlSubmission

FIELDS_AT_MOST = 32
JSON_AT_MOST = 64 << 10
"""Bytes of a submission without a file."""
FILENAME = re.compile(rb"(?i);\s*filename\s*=")
EXTENDED_FILENAME = re.compile(rb"(?i);\s*filename\*\s*=")
FULL = (errno.ENOSPC, errno.EDQUOT)


def _kind(value: Any) -> str:
    return "upload" if isinstance(value, dict) and "upload_id" in value else "url"


_JSON: TypeAdapter[UrlSubmission | UploadSubmission] = TypeAdapter(
    Annotated[
        Annotated[UrlSubmission, Tag("url")] | Annotated[UploadSubmission, Tag("upload")],
        Discriminator(_kind),
    ]
)


@dataclass(frozen=True)
class Submission:
    """What a client asks for. `image` is the open file of a form."""

    options: Options
    image: UploadFile | None
    fingerprint: str
    """SHA-256 of everything that makes two submissions the same."""

    def intent(self) -> dict[str, Any]:
        """As result-service takes it."""
        options = self.options
        image_url = options.image_url if isinstance(options, UrlSubmission) else None
        return {
            "input": {
                "kind": "upload" if image_url is None else "url",
                "image_url": image_url,
                "operations": options.operations,
                "engine": options.engine,
                "metadata": options.metadata,
                **options.model_dump(include={"raw_answers", "min_confidence", "max_labels"}),
            },
            "request_id": context.request_id.get(),
            "upload_id": options.upload_id if isinstance(options, UploadSubmission) else None,
            "webhook_url": options.webhook_url,
        }


@dataclass(frozen=True)
class RequestWeights:
    """Requests that count on the rate limit besides the one that came: for text, and for each
    operation that a vendor's engine does."""

    text: int
    vendor_operation: int


def surcharge(intent: Mapping[str, Any], weights: RequestWeights) -> int:
    """How many requests a submission counts as besides its own: text takes more than three times the
    CPU of the five usual operations together (`make bench`), and each operation of a vendor's engine
    costs money."""
    submitted = intent["input"]
    text = weights.text if "text" in submitted["operations"] else 0
    vendor = submitted["engine"] not in ("auto", "local")
    return text + (weights.vendor_operation * len(submitted["operations"]) if vendor else 0)


class SubmissionReader:
    """Reads submissions of whatever form, and refuses operations that are not `available`."""

    def __init__(self, available: frozenset[str]) -> None:
        self._available = available

    @contextlib.asynccontextmanager
    async def reading(self, request: Request) -> AsyncIterator[Submission]:
        """The submission in a request. An uploaded file stays open inside, and the memory that it
        takes is given back afterwards. Raises InvalidRequest, BadRequest, BodyTooLarge,
        UnsupportedMediaType, OperationUnavailable, Overloaded."""
        media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        with memory.for_a_moment():
            if media_type == "application/json":
                yield self._checked(_of_json(await body_of(request, JSON_AT_MOST)))
            elif media_type == "multipart/form-data":
                async with _form(request) as form:
                    yield self._checked(await _of_form(form))
            else:
                raise UnsupportedMediaType("Send application/json or multipart/form-data.")

    def of_value(self, value: Any) -> Submission:
        """A member of a batch. Raises InvalidRequest, OperationUnavailable."""
        return self._checked(_of_json(json.dumps(value).encode()))

    def of_bytes(self, image: bytes, given: Mapping[str, Any]) -> Submission:
        """An image that came inside another request; `given` are fields of Options. Raises InvalidRequest,
        BodyTooLarge, OperationUnavailable."""
        if len(image) > IMAGE_LIMIT:
            raise BodyTooLarge(f"An image may have {IMAGE_LIMIT} bytes at the most.")
        if not image:
            raise InvalidRequest(errors=[{"pointer": "/image", "detail": "The image is empty."}])
        options = Options.model_validate(given)
        upload = UploadFile(io.BytesIO(image), size=len(image))
        return self._checked(Submission(options, upload, _fingerprint(options, image)))

    def offers(self, operation: str) -> bool:
        return operation in self._available

    def _checked(self, submission: Submission) -> Submission:
        missing = [name for name in submission.options.operations if not self.offers(name)]
        if missing:
            raise OperationUnavailable(
                f"No configured engine does {', '.join(missing)}.",
                errors=[
                    {"pointer": "/operations", "detail": f"{name} is unavailable"}
                    for name in missing
                ],
            )
        return submission


class Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


async def body_of(request: Request, at_most: int, digest: Hash | None = None) -> bytearray:
    """The body, held once, and hashed into `digest` while it arrives. Raises BodyTooLarge above
    `at_most` bytes, and Overloaded."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if digest is not None:
            digest.update(piece)
        if len(body) > at_most:
            raise BodyTooLarge(f"This may have {at_most} bytes at the most.")
    return body


class _FormParser(MultiPartParser):
    """Starlette's, which knows a file by its `filename`, for clients too that say `filename*` alone
    (RFC 5987), though RFC 7578 §4.2 forbids it."""

    def on_headers_finished(self) -> None:
        part = self._current_part
        disposition = part.content_disposition or b""
        if not FILENAME.search(disposition):
            part.content_disposition = EXTENDED_FILENAME.sub(b"; filename=", disposition)
        super().on_headers_finished()


@contextlib.asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    parser = _FormParser(request.headers, request.stream(), max_files=2, max_fields=FIELDS_AT_MOST)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise BadRequest("The form cannot be read.") from error
    except OSError as error:
        if error.errno in FULL:
            raise Overloaded("Other uploads fill the space for files.") from error
        raise
    try:
        yield form
    finally:
        await form.close()


def _of_json(body: bytes | bytearray) -> Submission:
    try:
        options = _JSON.validate_json(body)
    except ValidationError as error:
        raise problem_of(error, tags=1) from error
    return Submission(options, None, _fingerprint(options, b""))


async def _of_form(form: FormData) -> Submission:
    image = form.get("image")
    if not isinstance(image, UploadFile) or len(form.getlist("image")) != 1:
        raise InvalidRequest(errors=[{"pointer": "/image", "detail": "One file is needed here."}])
    if (image.size or 0) > IMAGE_LIMIT:
        raise BodyTooLarge(f"An image may have {IMAGE_LIMIT} bytes at the most.")
    if not image.size:
        raise InvalidRequest(errors=[{"pointer": "/image", "detail": "The file is empty."}])
    try:
        options = Options.model_validate_json(json.dumps(_fields(form)))
    except ValidationError as error:
        raise problem_of(error) from error
    digest = hashlib.sha256()
    while chunk := await image.read(1 << 20):
        digest.update(chunk)
    await image.seek(0)
    return Submission(options, image, _fingerprint(options, digest.digest()))


def _fields(form: FormData) -> dict[str, Any]:
    """The text fields as a JSON body would hold them: `operations` as a list, and JSON where the
    body has something else than text."""
    fields: dict[str, Any] = {}
    for name in {name for name in form if name != "image"}:
        values: list[Any] = form.getlist(name)
        if any(isinstance(value, UploadFile) for value in values):
            raise InvalidRequest(errors=[{"pointer": f"/{name}", "detail": "Not a file field."}])
        if (
            name == "raw_answers"
        ):  # clients that are made of the contract write Python's or JSON's words
            values = [_json(name, value.lower()) for value in values]
        if name in ("metadata", "min_confidence", "max_labels"):
            values = [_json(name, value) for value in values]
        fields[name] = values if name == "operations" or len(values) > 1 else values[0]
    return fields


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(errors=[{"pointer": f"/{name}", "detail": "must be JSON"}]) from error


def _fingerprint(options: Options, image: bytes) -> str:
    canonical = json.dumps(options.model_dump(), sort_keys=True).encode()
    return hashlib.sha256(canonical + b"\0" + image).hexdigest()


def problem_of(error: ValidationError, tags: int = 0) -> Problem:
    """BadRequest or InvalidRequest. `tags`: how many steps of a location name a kind of submission
    and not a field."""
    errors: Iterable[Any] = error.errors(include_url=False, include_context=False)
    if any(item["type"] == "json_invalid" for item in errors):
        return BadRequest("The body is not valid JSON.")
    return InvalidRequest(
        errors=[
            {"pointer": pointer(item["loc"][tags:]), "detail": sentence(item)} for item in errors
        ]
    )
