"""Rekognition's exceptions, and those of the door before every service of AWS. Source: botocore's
model of the service (`exception`, `fault`), the names in botocore's `_retry.json`, and the common
errors of AWS's reference."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sightline_testing.vendors.stub import Reply, json_reply


@dataclass(frozen=True)
class Error:
    """`type` as the body has it, which may name a package before `#`. `retry`: whether the same call
    may do better later. `key`: how the body spells its message."""

    type: str
    http: int
    message: str
    retry: bool = False
    key: str = "Message"

    @property
    def code(self) -> str:
        """As botocore tells it."""
        return self.type.rpartition("#")[2]

    def reply(self, http: int | None = None) -> Reply:
        body = {"__type": self.type, self.key: self.message}
        return reply(self.http if http is None else http, body)


def reply(status: int, body: object) -> Reply:
    answer = json_reply(status, body, x_amzn_RequestId=str(uuid.uuid4()))
    return Reply(
        status, answer.body, {**answer.headers, "Content-Type": "application/x-amz-json-1.1"}
    )


def _door(name: str, message: str, http: int = 400) -> Error:
    """Raised before the service is reached; these spell their message in lower case."""
    return Error(name, http, message, key="message")


_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details."
)
_DENIED = "User is not authorized to perform: rekognition:DetectFaces"

ERRORS: Mapping[str, Error] = {
    "InvalidS3ObjectException": Error(
        "InvalidS3ObjectException",
        400,
        "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
    ),
    "InvalidParameterException": Error(
        "InvalidParameterException", 400, "Request has Invalid Parameters"
    ),
    "ImageTooLargeException": Error("ImageTooLargeException", 400, "Image size is too large"),
    "InvalidImageFormatException": Error(
        "InvalidImageFormatException", 400, "Request has invalid image format"
    ),
    "AccessDeniedException": Error("AccessDeniedException", 400, _DENIED),
    # As other JSON services of AWS write a type: botocore cuts the package off.
    "AccessDeniedException_with_package": Error(
        "com.amazon.coral.service#AccessDeniedException", 400, _DENIED
    ),
    "ProvisionedThroughputExceededException": Error(
        "ProvisionedThroughputExceededException", 400, "Provisioned rate exceeded", retry=True
    ),
    # The model marks it a fault, that is 5xx; botocore's rules of retrying look for it under 400,
    # which is what the JSON services answer in practice. Both are here.
    "ThrottlingException": Error("ThrottlingException", 400, "Rate exceeded", retry=True),
    "ThrottlingException_as_fault": Error("ThrottlingException", 500, "Rate exceeded", retry=True),
    "InternalServerError": Error("InternalServerError", 500, "Internal server error", retry=True),
    "ServiceUnavailableException": Error(
        "ServiceUnavailableException", 503, "Service is unavailable", retry=True, key="message"
    ),
    "HumanLoopQuotaExceededException": Error(
        "HumanLoopQuotaExceededException",
        400,
        "The number of in-progress human reviews is exceeded",
    ),
    "ResourceNotFoundException": Error(
        "ResourceNotFoundException", 400, "The resource specified in the request cannot be found"
    ),
    "ResourceNotReadyException": Error(
        "ResourceNotReadyException", 400, "The requested resource isn't ready"
    ),
    "UnrecognizedClientException": _door(
        "UnrecognizedClientException", "The security token included in the request is invalid."
    ),
    "InvalidSignatureException": _door("InvalidSignatureException", _SIGNATURE),
    "ExpiredTokenException": _door(
        "ExpiredTokenException", "The security token included in the request is expired"
    ),
    "MissingAuthenticationTokenException": _door(
        "MissingAuthenticationTokenException", "Missing Authentication Token"
    ),
    "IncompleteSignatureException": _door(
        "IncompleteSignatureException", "Authorization header requires 'Signature' parameter."
    ),
    "SerializationException": _door("SerializationException", "Start of structure not found"),
    "UnknownOperationException": _door(
        "com.amazon.coral.service#UnknownOperationException", "Unknown operation"
    ),
}
"""By the exception's name; three have a word after it for the way they are told."""
