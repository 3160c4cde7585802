"""Errors as Rekognition tells them: AWS JSON 1.1, `{"__type", "Message"}`.

Source: the errors of the operations in the service's model, and "Common Error Types" of the AWS JSON
services.
"""

import json
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

MEDIA_TYPE = "application/x-amz-json-1.1"
INTERNAL = (500, "InternalServerError", "Amazon Rekognition experienced a service issue.")
TRY_AGAIN = (500, "ThrottlingException", "The request cannot be processed right now. Try again.")
TOO_MUCH = (400, "ProvisionedThroughputExceededException", "")
FORMAT = (400, "InvalidImageFormatException", "Request has invalid image format")
TOO_LARGE = (400, "ImageTooLargeException", "")
SIGNATURE = (
    400,
    "InvalidSignatureException",
    "The access key is not known, or the request was not signed with its secret.",
)
PARAMETERS = (400, "InvalidParameterException", "Request has Invalid Parameters")
ERRORS: Mapping[str, tuple[int, str, str]] = {
    "missing-signature": (
        400,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    ),
    "incomplete-signature": (400, "IncompleteSignatureException", ""),
    "signature-expired": (
        400,
        "InvalidSignatureException",
        "Signature expired or not yet current.",
    ),
    "unauthorized": SIGNATURE,
    "suspended": (400, "AccessDeniedException", ""),
    "insufficient-scope": (400, "AccessDeniedException", ""),
    "unknown-operation": (400, "UnknownOperationException", ""),
    "bad-request": (400, "SerializationException", ""),
    "invalid-request": PARAMETERS,
    "operation-unavailable": (400, "InvalidParameterException", ""),
    "no-such-object": (400, "InvalidS3ObjectException", ""),
    "body-too-large": TOO_LARGE,
    "image-too-large": TOO_LARGE,
    "not-an-image": FORMAT,
    "image-undecodable": FORMAT,
    "engine-rejected": FORMAT,
    "rate-limited": TOO_MUCH,
    "quota-exceeded": TOO_MUCH,
    "budget-exceeded": TOO_MUCH,
    "overloaded": TRY_AGAIN,
    "unavailable": TRY_AGAIN,
    "draining": TRY_AGAIN,
    "engine-unavailable": TRY_AGAIN,
    "not-found": (404, "UnknownOperationException", ""),
    "method-not-allowed": (404, "UnknownOperationException", ""),
}
"""By the slug of the problem: HTTP status, name and message, where the problem's own detail does not
say it better. What is not here is our own fault."""


def tell(problem: Mapping[str, Any]) -> Response:
    """A problem (RFC 9457) as the vendor's clients read it."""
    slug = str(problem["type"]).rpartition("/")[2]
    status, kind, message = ERRORS.get(slug, INTERNAL)
    errors = problem.get("errors") or []
    if slug == "invalid-request" and errors:
        message = f"{message}: {errors[0]['pointer']} {errors[0]['detail']}"
    body = {"__type": kind, "Message": message or str(problem["detail"])}
    headers = {"x-amzn-RequestId": str(problem["request_id"]), "Cache-Control": "no-store"}
    return Response(json.dumps(body), status, headers, MEDIA_TYPE)
