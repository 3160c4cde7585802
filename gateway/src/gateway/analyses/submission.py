"""Reads a submission: JSON with an address or an upload's id, or a multipart form with a file."""

import contextlib
import errno
import hashlib
import io
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import Request
from pydantic import Discriminator, Tag, TypeAdapter, ValidationError
from sightline_contracts import context, loader, memory
from sightline_contracts.problems import (
    BadRequest,
    BodyTooLarge,
    InvalidRequest,
    Overloaded,
    Problem,
    UnsupportedMediaType,
    pointer,
)
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from gateway.errors import OperationUnavailable
from gateway.models.analyses import (
    AVAILABLE_OPERATIONS,
    IMAGE_LIMIT,
    Options,
    UploadSubmission,
    UrlSubmission,
)

FIELDS_AT_MOST = 32
JSON_AT_MOST = 64 << 10
"""Bytes of a submission without a file."""
FULL = (errno.ENOSPC, errno.EDQUOT)
_SETTINGS = loader.sla("gateway").settings
_TEXT, _VENDOR = int(_SETTINGS["rate_of_text"]), int(_SETTINGS["rate_of_vendors_operation"])
JSON_SCHEMA = {"oneOf": [UrlSubmission.model_json_schema(), UploadSubmission.model_json_schema()]}


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
    """What was asked for. `image` is the open file of a form."""

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
                **options.model_dump(include={"raw_answers"}),
            },
            "request_id": context.request_id.get(),
            "upload_id": options.upload_id if isinstance(options, UploadSubmission) else None,
            "webhook_url": options.webhook_url,
        }


def surcharge(intent: Mapping[str, Any]) -> int:
    """As how many requests more than one it counts: text takes more than three times the CPU of the
    five usual operations together (`make bench`), and each operation of a vendor's costs money."""
    wanted = intent["input"]
    text = _TEXT if "text" in wanted["operations"] else 0
    vendor = wanted["engine"] not in ("auto", "local")
    return text + (_VENDOR * len(wanted["operations"]) if vendor else 0)


@contextlib.asynccontextmanager
async def reading(request: Request) -> AsyncIterator[Submission]:
    """The submission in a request; an uploaded file stays open inside, and what it takes of the memory
    is given back afterwards. Raises InvalidRequest, BadRequest, BodyTooLarge, UnsupportedMediaType,
    OperationUnavailable, Overloaded."""
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    with memory.for_a_moment():
        if media_type == "application/json":
            yield _available(_of_json(await body_of(request, JSON_AT_MOST)))
        elif media_type == "multipart/form-data":
            async with _form(request) as form:
                yield _available(await _of_form(form))
        else:
            raise UnsupportedMediaType("Send application/json or multipart/form-data.")


class Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


async def body_of(request: Request, at_most: int, digest: Hash | None = None) -> bytearray:
    """The body, of so many bytes, without a second copy of it, and hashed while it comes. Raises
    BodyTooLarge, Overloaded."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if digest is not None:
            digest.update(piece)
        if len(body) > at_most:
            raise BodyTooLarge(f"This may have {at_most} bytes at the most.")
    return body


@contextlib.asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    try:
        form = await request.form(max_files=2, max_fields=FIELDS_AT_MOST)
    except HTTPException as error:  # how Starlette tells of a form that cannot be parsed
        raise BadRequest("The form cannot be read.") from error
    except OSError as error:
        if error.errno in FULL:
            raise Overloaded("Other uploads fill the space for files.") from error
        raise
    try:
        yield form
    finally:
        await form.close()


def _available(submission: Submission) -> Submission:
    options = submission.options
    missing = [one for one in options.operations if one not in AVAILABLE_OPERATIONS]
    if missing:
        raise OperationUnavailable(
            f"No configured engine does {', '.join(missing)}.",
            errors=[
                {"pointer": "/operations", "detail": f"{one} is unavailable"} for one in missing
            ],
        )
    return submission


def of_value(value: Any) -> Submission:
    """One member of a batch. Raises InvalidRequest, OperationUnavailable."""
    return _available(_of_json(json.dumps(value).encode()))


def of_bytes(image: bytes, operations: Sequence[str]) -> Submission:
    """Of an image that came inside another request. Raises InvalidRequest, BodyTooLarge,
    OperationUnavailable."""
    if len(image) > IMAGE_LIMIT:
        raise BodyTooLarge(f"An image may have {IMAGE_LIMIT} bytes at the most.")
    if not image:
        raise InvalidRequest(errors=[{"pointer": "/image", "detail": "The image is empty."}])
    options = Options.model_validate({"operations": list(operations)})
    upload = UploadFile(io.BytesIO(image), size=len(image))
    return _available(Submission(options, upload, _fingerprint(options, image)))


def _of_json(body: bytes | bytearray) -> Submission:
    try:
        options = _JSON.validate_json(body)
    except ValidationError as error:
        raise translated(error, tags=1) from error
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
        raise translated(error) from error
    digest = hashlib.sha256()
    while chunk := await image.read(1 << 20):
        digest.update(chunk)
    await image.seek(0)
    return Submission(options, image, _fingerprint(options, digest.digest()))


def _fields(form: FormData) -> dict[str, Any]:
    """The text fields as the JSON body would have them: `operations` repeated, JSON where it is no
    text there."""
    found: dict[str, Any] = {}
    for name in {name for name in form if name != "image"}:
        values: list[Any] = form.getlist(name)
        if any(isinstance(value, UploadFile) for value in values):
            raise InvalidRequest(errors=[{"pointer": f"/{name}", "detail": "Not a file field."}])
        if name in ("metadata", "raw_answers"):
            values = [_json(name, value) for value in values]
        found[name] = values if name == "operations" or len(values) > 1 else values[0]
    return found


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(errors=[{"pointer": f"/{name}", "detail": "must be JSON"}]) from error


def _fingerprint(options: Options, image: bytes) -> str:
    canonical = json.dumps(options.model_dump(), sort_keys=True).encode()
    return hashlib.sha256(canonical + b"\0" + image).hexdigest()


def translated(error: ValidationError, tags: int = 0) -> Problem:
    """What is told of it: BadRequest or InvalidRequest. `tags`: how many steps of a location name a kind of submission and no field."""
    found: Iterable[Any] = error.errors(include_url=False, include_context=False)
    if any(item["type"] == "json_invalid" for item in found):
        return BadRequest("The body is not valid JSON.")
    return InvalidRequest(
        errors=[{"pointer": pointer(item["loc"][tags:]), "detail": item["msg"]} for item in found]
    )
