"""Errors as RFC 9457 problem details: one class per error that a caller can act on."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sightline_contracts import context, tracing

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger()


class Problem(Exception):
    """An error with a stable type, a status and a sentence.

    Subclasses set `status`, `slug` (the type is `/problems/{slug}`) and `title`. `errors` are
    `{"pointer", "detail"}` objects for 422; `extra` members are added to the body.
    """

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def response(self, instance: str) -> Response:
        """The HTTP answer. `instance` is the path of the request."""
        return problem_response(
            self.status,
            self.slug,
            self.title,
            self.detail,
            instance,
            errors=self.errors,
            headers=self.headers,
            extra=self.extra,
        )


class NotFound(Problem):
    status, slug, title = 404, "not-found", "There is nothing here"


class InvalidRequest(Problem):
    status, slug, title = 422, "invalid-request", "The request does not follow the contract"


class BadRequest(Problem):
    status, slug, title = 400, "bad-request", "The request cannot be read"


class BodyTooLarge(Problem):
    status, slug, title = 413, "body-too-large", "The body is larger than allowed"


class UnsupportedMediaType(Problem):
    status, slug, title = 415, "unsupported-media-type", "This media type is not taken here"


class DeadlineExceeded(Problem):
    status, slug, title = 504, "deadline-exceeded", "The answer was not ready in time"


class Unavailable(Problem):
    """A store or a service that is needed does not answer; nothing was half-written."""

    status, slug, title = 503, "unavailable", "A part that is needed does not answer right now"

    def __init__(self, detail: str = "", *, retry_after_s: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


class Overloaded(Problem):
    """More is asked for than can be done: the caller may come again."""

    status, slug, title = 503, "overloaded", "More is asked for than can be done"

    def __init__(self, detail: str = "", *, retry_after_s: int = 1) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after_s)})


def problem_response(
    status: int,
    slug: str,
    title: str,
    detail: str,
    instance: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Response:
    """A problem+json answer with the request's id in it, and the trace's where it is recorded; never stored by a
    cache."""
    body: dict[str, Any] = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": int(status),
        "detail": detail,
        "instance": instance,
        "request_id": context.request_id.get(),
        **({"trace_id": recorded[3:35]} if (recorded := tracing.recorded()) else {}),
        **(extra or {}),
    }
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        body["errors"] = list(errors)
    return Response(
        json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        int(status),
        {"Cache-Control": "no-store", **(headers or {})},
        MEDIA_TYPE,
    )


def install(app: FastAPI) -> None:
    """Make every error of the app a problem."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response(request.url.path)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(item["type"] == "json_invalid" for item in found):
        return BadRequest("The body is not valid JSON.").response(request.url.path)
    # FastAPI hands the raw bytes to the model when the media type is not JSON.
    if any(
        item["type"] in _NOT_AN_OBJECT and isinstance(item.get("input"), bytes) for item in found
    ):
        return UnsupportedMediaType("Send application/json.").response(request.url.path)
    # The first part of a location names the place: body, query, header or path.
    errors = [{"pointer": pointer(item["loc"][1:]), "detail": sentence(item)} for item in found]
    return InvalidRequest(errors=errors).response(request.url.path)


def sentence(error: Mapping[str, Any]) -> str:
    """What pydantic says of an error, without its word for a check of ours."""
    return str(error["msg"]).removeprefix("Value error, ")


_NOT_AN_OBJECT = frozenset({"model_attributes_type", "model_type", "dict_type"})


def pointer(location: Sequence[str | int]) -> str:
    """RFC 6901 pointer to a place in a body."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location)


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.NOT_FOUND:
        return NotFound().response(request.url.path)
    slug = status.phrase.lower().replace(" ", "-")
    return problem_response(
        status,
        slug,
        status.phrase,
        status.description or status.phrase,
        request.url.path,
        headers=error.headers,
    )
