"""The path that an unmodified AWS SDK calls when its endpoint is `/compat/rekognition`."""

from typing import Any

from fastapi import APIRouter, Request, Response

from gateway.routes.dependencies import RekognitionPart, schema_ref
from gateway.vendor_apis.rekognition.errors import MEDIA_TYPE

PATH = "/compat/rekognition"
_BODY = {"type": "object", "required": ["Image"], "properties": {"Image": {"type": "object"}}}
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["__type", "Message"],
    "properties": {"__type": {"type": "string"}, "Message": {"type": "string"}},
}
SCHEMAS = {"RekognitionRequest": _BODY, "RekognitionError": _ERROR}
"""As far as all operations share them; the service's own model says all."""
_DESCRIBED = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": schema_ref("RekognitionRequest")}},
    }
}
_ERRORS = {400: "The caller's", 404: "No such path", 500: "Ours"}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "As the service's model says", "content": {MEDIA_TYPE: {}}},
    **{
        status: {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": schema_ref("RekognitionError")}},
        }
        for status, description in _ERRORS.items()
    },
}

router = APIRouter(tags=["compatible"])


async def detect(rekognition: RekognitionPart, request: Request) -> Response:
    """The header `X-Amz-Target` names the operation; the request is signed with an API key (SigV4)."""
    return await rekognition.answer(request)


# An SDK calls its endpoint as it was given, with or without a slash at the end.
for _path, _operation_id in ((PATH, "rekognition"), (f"{PATH}/", "rekognition_with_slash")):
    router.add_api_route(
        _path,
        detect,
        methods=["POST"],
        operation_id=_operation_id,
        response_class=Response,
        openapi_extra=_DESCRIBED,
        responses=_ANSWERS,
        summary="Amazon Rekognition, AWS JSON 1.1",
    )
