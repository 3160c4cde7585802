"""Reads a submission: JSON with an address, or a multipart form with a file."""

import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from sightline_contracts import loader
from sightline_contracts.problems import (
    BadRequest,
    BodyTooLarge,
    InvalidRequest,
    UnsupportedMediaType,
    pointer,
)
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from gateway.errors import OperationUnavailable
from gateway.models import AVAILABLE_ENGINES, AVAILABLE_OPERATIONS, Options, UrlSubmission

IMAGE_LIMIT = int(loader.sla("result-service").settings["image_limit_bytes"])
FIELDS_AT_MOST = 32


@dataclass(frozen=True)
class Submission:
    """What was asked for. `image` is the open file of an upload."""

    options: Options
    image_url: str | None
    image: UploadFile | None
    fingerprint: str
    """SHA-256 of everything that makes two submissions the same."""

    def input(self) -> dict[str, Any]:
        """The input of the intent at result-service."""
        return {
            "kind": "url" if self.image is None else "upload",
            "image_url": self.image_url,
            "operations": self.options.operations,
            "engine": self.options.engine,
            "metadata": self.options.metadata,
        }


@contextlib.asynccontextmanager
async def reading(request: Request) -> AsyncIterator[Submission]:
    """The submission in a request; an uploaded file stays open inside. Raises InvalidRequest, BadRequest, BodyTooLarge,
    UnsupportedMediaType, OperationUnavailable."""
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type == "application/json":
        yield _available(_of_json(await request.body()))
    elif media_type == "multipart/form-data":
        async with _form(request) as form:
            yield _available(await _of_form(form))
    else:
        raise UnsupportedMediaType("Send application/json or multipart/form-data.")


@contextlib.asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    try:
        form = await request.form(max_files=2, max_fields=FIELDS_AT_MOST)
    except HTTPException as error:  # how Starlette tells of a form that cannot be parsed
        raise BadRequest("The form cannot be read.") from error
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
    if options.engine not in AVAILABLE_ENGINES:
        raise OperationUnavailable(
            f"The engine {options.engine} is not configured.",
            errors=[{"pointer": "/engine", "detail": "not configured"}],
        )
    return submission


def of_value(value: Any) -> Submission:
    """One member of a batch. Raises InvalidRequest, OperationUnavailable."""
    return _available(_of_json(json.dumps(value).encode()))


def _of_json(body: bytes) -> Submission:
    try:
        options = UrlSubmission.model_validate_json(body)
    except ValidationError as error:
        raise _translated(error) from error
    return Submission(options, options.image_url, None, _fingerprint(options, b""))


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
        raise _translated(error) from error
    digest = hashlib.sha256()
    while chunk := await image.read(1 << 20):
        digest.update(chunk)
    await image.seek(0)
    return Submission(options, None, image, _fingerprint(options, digest.digest()))


def _fields(form: FormData) -> dict[str, Any]:
    """The text fields as the JSON body would have them: `operations` repeated, `metadata` JSON."""
    found: dict[str, Any] = {}
    for name in {name for name in form if name != "image"}:
        values: list[Any] = form.getlist(name)
        if any(isinstance(value, UploadFile) for value in values):
            raise InvalidRequest(errors=[{"pointer": f"/{name}", "detail": "Not a file field."}])
        if name == "metadata":
            values = [_json(value) for value in values]
        found[name] = values if name == "operations" or len(values) > 1 else values[0]
    return found


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        detail = [{"pointer": "/metadata", "detail": "must be a JSON object"}]
        raise InvalidRequest(errors=detail) from error


def _fingerprint(options: Options, image: bytes) -> str:
    canonical = json.dumps(options.model_dump(), sort_keys=True).encode()
    return hashlib.sha256(canonical + b"\0" + image).hexdigest()


def _translated(error: ValidationError) -> Exception:
    found: Iterable[Any] = error.errors(include_url=False, include_context=False)
    if any(item["type"] == "json_invalid" for item in found):
        return BadRequest("The body is not valid JSON.")
    return InvalidRequest(
        errors=[{"pointer": pointer(item["loc"]), "detail": item["msg"]} for item in found]
    )
