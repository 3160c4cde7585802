"""Services that answer every request with what their contract promises, and nothing more."""

import json
import re
from typing import Any

from fastapi import FastAPI, Request, Response
from recorded import result
from sightline_contracts import loader

WORDS: dict[str, Any] = {
    "engine": "auto",
    "operations": ["hash"],
    "expires_at": "2026-12-27T10:00:00.000Z",
    "parts": ["page"],
}
"""Of which there are some alone, although result-service's contract takes any: the event's has them, a time is one,
and a share shows something."""

METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"]


def app_of(service: str) -> FastAPI:
    """What arrives comes back where the answer has a field of that name."""
    document = loader.openapi(service)
    app = FastAPI(openapi_url=None)

    @app.api_route("/{path:path}", methods=METHODS)
    async def answer(request: Request) -> Response:
        operation = _operation(document, request.method.lower(), request.url.path)
        status = min(status for status in operation["responses"] if status.startswith("2"))
        ((media_type, content),) = (
            operation["responses"][status].get("content", {"": {"schema": {}}}).items()
        )
        if media_type != "application/json":
            body = b"x" if media_type else b""
            return Response(body, int(status), media_type=media_type or None)
        # result-service hands out what image-service has made, whatever it is.
        made = request.url.path.endswith("/result")
        value = result() if made else least(document, content["schema"])
        body = await request.body()
        if request.headers.get("Content-Type") == "application/json" and isinstance(value, dict):
            sent = json.loads(body)
            value |= {name: sent[name] for name in value.keys() & sent.keys()}
        return Response(json.dumps(value), int(status), media_type=media_type)

    return app


def _operation(document: dict[str, Any], method: str, path: str) -> Any:
    for template, operations in document["paths"].items():
        if method in operations and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            return operations[method]
    raise LookupError(f"{method} {path} is in no contract")


def least(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """A value that the schema allows, with as little in each field as can be: of several words the
    last, by which an analysis has ended."""
    if "$ref" in schema:
        return least(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return least(document, schema["anyOf"][-1])
    if "const" in schema or "enum" in schema:
        return schema["enum"][-1] if "enum" in schema else schema["const"]
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: WORDS.get(name) or least(document, one) for name, one in fields.items()}
        case "array":
            return [least(document, schema["items"])] * schema.get("minItems", 0)
        case kind:
            empty = {"string": "x", "integer": 1, "number": 0.5, "boolean": False}
            return empty.get(str(kind))
