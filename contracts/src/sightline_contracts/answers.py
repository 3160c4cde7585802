"""How a service declares its problem answers in its OpenAPI document."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from sightline_contracts.problems import MEDIA_TYPE


class FieldError(BaseModel):
    """`pointer` is an RFC 6901 pointer into the body, or a parameter's name after a slash."""

    pointer: str
    detail: str


class ProblemDetails(BaseModel):
    """RFC 9457. `errors` is there on 422, `trace_id` where the request's spans are recorded."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    trace_id: str | None = None
    errors: list[FieldError] | None = None


_SENTENCES = {
    400: "The request cannot be read",
    401: "No valid credentials",
    403: "The credentials do not allow this",
    404: "There is nothing here",
    409: "It conflicts with what is there",
    413: "The body is larger than allowed",
    415: "This media type is not taken here",
    416: "The object has no such range",
    422: "The request does not follow the contract",
    429: "Too many requests, or the quota is used up",
    502: "A part answered outside its contract",
    503: "A part that is needed does not answer right now",
    504: "The answer was not ready in time",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Entries for FastAPI's `responses`, one per status, all problem+json."""
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        status: {
            "description": _SENTENCES[status],
            "content": {MEDIA_TYPE: {"schema": schema}},
            # FastAPI takes the model into the components; its JSON entry is removed by describe().
            "model": ProblemDetails,
        }
        for status in sorted({400, 413, *statuses})
    }


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI 3.1 document with problems declared as problem+json alone."""
    for path in document["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            for answer in responses.values():
                content = answer.get("content", {})
                if "itemSchema" in content.get("text/event-stream", {}):
                    # FastAPI describes the events in a word of OpenAPI 3.2.
                    content["text/event-stream"] = {"schema": {"type": "string"}}
                if MEDIA_TYPE in content:
                    answer["content"] = {MEDIA_TYPE: content[MEDIA_TYPE]}
            if "ProblemDetails" not in str(responses.get("422", "ProblemDetails")):
                del responses["422"]
    schemas = document.get("components", {}).get("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document


class DescribedApp(FastAPI):
    """An app whose OpenAPI document declares problems as `describe` does. The first call of
    `openapi()` makes the document, which takes longer than the rest of the app."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            self.openapi_schema = describe(super().openapi())
        return self.openapi_schema
