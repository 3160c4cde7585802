"""Clarifai's statuses. Source: clarifai-grpc, status_code.proto; wording as its documentation, its
clients' own tests and reports of their users show it. Where no source shows the HTTP status, the one
that the other errors of the same kind have is taken: adapters read the code in the body."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Error:
    """`of_input`: it is said of one output, under a top status of failure; else of the call."""

    name: str
    http: int
    code: int | str
    description: str
    details: str = ""
    of_input: bool = False

    def status(self) -> dict[str, Any]:
        """As the body has it: what is empty is left out."""
        details = {"details": self.details} if self.details else {}
        return {"code": self.code, "description": self.description, **details}


_AUTHORIZATION = (
    "Empty or malformed authorization header. Please provide an API key or session token."
)
_DOWNLOAD = "404 Client Error: Not Found for url: https://example.test/missing.jpg"
_LIMIT = "exceeded limit of 15 requests per second"
_THROTTLED = "Making too many requests"

_CALLS = (
    Error("TRY_AGAIN", 500, 10030, "Try again"),
    Error("CONN_ACCOUNT_ISSUES", 401, 11000, "Account issues"),
    Error("CONN_TOKEN_INVALID", 401, 11001, "Invalid authentication token"),
    Error("CONN_CREDENTIALS_INVALID", 401, 11002, "Invalid credentials"),
    Error("CONN_EXCEED_HOURLY_LIMIT", 402, 11003, "Hourly limit exceeded"),
    Error("CONN_EXCEED_MONTHLY_LIMIT", 402, 11004, "Monthly limit exceeded"),
    Error("CONN_THROTTLED", 429, 11005, _THROTTLED, _LIMIT),
    # The documentation's sample of this one has the code by its name.
    Error("CONN_THROTTLED_BY_NAME", 429, "CONN_THROTTLED", _THROTTLED, _LIMIT),
    Error("CONN_EXCEEDS_LIMITS", 402, 11006, "Billing issues: limits exceeded"),
    Error("CONN_INSUFFICIENT_SCOPES", 403, 11007, "API key has insufficient scopes"),
    Error(
        "CONN_KEY_INVALID",
        401,
        11008,
        "Invalid API key or Invalid API key/application pair",
        "Invalid format of key.",
    ),
    Error("CONN_KEY_NOT_FOUND", 401, 11009, "API key not found", "invalid key(None)"),
    Error("CONN_BAD_REQUEST_FORMAT", 400, 11100, "Bad request format", "Malformed JSON"),
    Error("CONN_DOES_NOT_EXIST", 404, 11101, "Resource does not exist"),
    Error("CONN_INVALID_REQUEST", 401, 11102, "Invalid request", _AUTHORIZATION),
    Error("CONN_METHOD_NOT_ALLOWED", 400, 11103, "Method not allowed", "Method Not Allowed"),
    Error("MODEL_DOES_NOT_EXIST", 404, 21200, "Model does not exist", "Model does not exist."),
    Error("MODEL_PERMISSION_DENIED", 403, 21201, "Model permission denied"),
    Error("MODEL_INVALID_ARGUMENT", 400, 21202, "Model has invalid argument"),
    Error("MODEL_INVALID_REQUEST", 400, 21203, "Model request is invalid"),
    Error("MODEL_DEPLOYING", 503, 21351, "Model is deploying"),
    Error("MODEL_QUEUED_FOR_DEPLOYMENT", 503, 21352, "Model is queued for deployment"),
    Error("MODEL_NOT_DEPLOYED", 400, 21353, "Model is not deployed"),
    Error("MODEL_BUSY_PLEASE_RETRY", 503, 21354, "Model is busy, please retry"),
    Error("PREDICT_INVALID_REQUEST", 400, 40001, "Predict request is invalid"),
    Error("RPC_REQUEST_QUEUE_FULL", 503, 40030, "The request queue is full. Please try again"),
    Error("RPC_SERVER_UNAVAILABLE", 503, 40031, "The server is not available. Please try again"),
    Error("RPC_REQUEST_TIMEOUT", 504, 40032, "The request timed out. Please try again"),
    Error("INTERNAL_SERVER_ISSUE", 500, 98004, "Internal server issue"),
    Error("INTERNAL_FETCHING_ISSUE", 500, 98005, "Internal fetching issue"),
    Error("INTERNAL_DATABASE_ISSUE", 500, 98006, "Internal database issue"),
    Error("INTERNAL_UNEXPECTED_TIMEOUT", 500, 98009, "Unexpected timeout"),
    Error("INTERNAL_UNEXPECTED_PANIC", 500, 98011, "Unexpected panic"),
    Error("INTERNAL_REDIS_UNAVAILABLE", 500, 98013, "Redis is unavailable"),
    Error("INTERNAL_RESOURCE_EXHAUSTED", 500, 98014, "Resource exhausted"),
    Error("INTERNAL_ORACLE_UNCATEGORIZED", 500, 98019, "Uncategorized oracle error"),
    Error("INTERNAL_UNCATEGORIZED", 500, 99009, "Internal error"),
)

_INPUTS = (
    Error("INPUT_DOWNLOAD_PENDING", 400, 30001, "Download pending"),
    Error("INPUT_DOWNLOAD_FAILED", 400, 30002, "Download failed; check URL", _DOWNLOAD),
    Error("INPUT_DOWNLOAD_IN_PROGRESS", 400, 30003, "Download in progress"),
    Error("INPUT_UNSUPPORTED_FORMAT", 400, 30101, "Input has an unsupported format"),
    Error("INPUT_INVALID_ARGUMENT", 400, 30104, "Input invalid argument"),
    Error("INPUT_OVER_LIMIT", 400, 30105, "Input over limit"),
    Error("INPUT_INVALID_URL", 400, 30106, "Input has an invalid URL"),
    Error("ALL_INPUT_INVALID_BYTES", 400, 30300, "Input has invalid bytes"),
    Error("INPUT_CONNECTION_FAILED", 400, 39996, "Connection to URL failed"),
    Error("INPUT_INVALID_REQUEST", 400, 39999, "Input request is invalid"),
)

ERRORS: Mapping[str, Error] = {
    **{one.name: one for one in _CALLS},
    **{one.name: Error(**{**vars(one), "of_input": True}) for one in _INPUTS},
}
"""By the name of the code in status_code.proto, CONN_THROTTLED_BY_NAME apart."""

OK = Error("SUCCESS", 200, 10000, "Ok")
MIXED = Error("MIXED_STATUS", 207, 10010, "Mixed Success", "Some of the inputs failed.")
FAILURE = Error("FAILURE", 400, 10020, "Failure", "All of the inputs failed.")


def find(error: str | int | Error) -> Error:
    """Of a name, a code, or what is one already."""
    if isinstance(error, Error):
        return error
    if isinstance(error, str):
        return ERRORS[error]
    return next(one for one in ERRORS.values() if one.code == error)
