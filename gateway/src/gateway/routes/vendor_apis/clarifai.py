"""The paths that an unmodified client of Clarifai calls when its base address is `/compat/clarifai`."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from gateway.routes.dependencies import ClarifaiPart, schema_ref

PATH = "/compat/clarifai"
_USER = "/users/{user_id}/apps/{app_id}"
_MODEL, _VERSION = "/models/{model_id}", "/versions/{version_id}"
ROUTES = {
    "clarifai_outputs": f"{PATH}/v2{_MODEL}/outputs",
    "clarifai_version_outputs": f"{PATH}/v2{_MODEL}{_VERSION}/outputs",
    "clarifai_user_outputs": f"{PATH}/v2{_USER}{_MODEL}/outputs",
    "clarifai_user_version_outputs": f"{PATH}/v2{_USER}{_MODEL}{_VERSION}/outputs",
}
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
SCHEMAS = {"ClarifaiOutputs": _ANSWER, "ClarifaiRequest": _BODY}
"""As far as they are read and answered here; Clarifai's own document says all."""
_DESCRIPTIONS = {
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
_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": description,
        "content": {"application/json": {"schema": schema_ref("ClarifaiOutputs")}},
    }
    for status, description in _DESCRIPTIONS.items()
}

router = APIRouter(tags=["compatible"])


async def outputs(
    clarifai: ClarifaiPart, request: Request, model_id: Annotated[str, Path(max_length=100)]
) -> Response:
    """Who owns the model and which version is asked for makes no difference: there is one."""
    return await clarifai.outputs(request, model_id)


def _described(path: str) -> dict[str, Any]:
    """What FastAPI cannot know: the body, and the parts of the path that make no difference."""
    body = {
        "required": True,
        "content": {"application/json": {"schema": schema_ref("ClarifaiRequest")}},
    }
    unread = [name for name in re.findall(r"{(\w+)}", path) if name != "model_id"]
    return {
        "requestBody": body,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in unread
        ],
    }


for _operation_id, _path in ROUTES.items():
    router.add_api_route(
        _path,
        outputs,
        methods=["POST"],
        operation_id=_operation_id,
        response_class=Response,
        responses=_ANSWERS,
        summary="Clarifai v2, PostModelOutputs",
        openapi_extra=_described(_path),
    )
