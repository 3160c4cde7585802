"""Statuses as Clarifai tells them. Source: clarifai-grpc, status_code.proto, and what its clients'
own tests expect of each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sightline_contracts.problems import Problem
from starlette.responses import Response

Json = dict[str, Any]


class NoSuchModel(Problem):
    status, slug, title = 404, "no-such-model", "There is no such model"


class ModelArgument(Problem):
    status, slug, title = 400, "model-argument", "The model cannot be asked this way"


class InputArgument(Problem):
    status, slug, title = 400, "input-argument", "There is no image in this input"


class InvalidUrl(Problem):
    status, slug, title = 400, "invalid-url", "This is no address of an image"


class UndecodableBytes(Problem):
    status, slug, title = 400, "undecodable-bytes", "The image is not in base64"


class MissingKey(Problem):
    status, slug, title = 401, "missing-key", "Empty or malformed authorization header"


class MalformedKey(Problem):
    status, slug, title = 401, "malformed-key", "The key is not of the form of one"


@dataclass(frozen=True)
class Status:
    """`details` where they are always the same; else the problem's."""

    http: int
    code: int
    description: str
    details: str | None = None

    def body(self, details: str, request_id: str) -> Json:
        return {
            "code": self.code,
            "description": self.description,
            "details": details if self.details is None else self.details,
            "req_id": request_id,
        }


OK = Status(200, 10000, "Ok", "")
MIXED = Status(207, 10010, "Mixed Success", "Some of the inputs failed.")
FAILURE = Status(400, 10020, "Failure", "All of the inputs failed.")
INTERNAL = Status(500, 98004, "Internal server issue")
UNAVAILABLE = Status(503, 40031, "The server is not available. Please try again")
BUSY = Status(503, 40030, "The request queue is full. Please try again")
LATE = Status(504, 40032, "The request timed out. Please try again")
OVER_LIMIT = Status(400, 30105, "Input over limit")
UNDECODABLE = Status(400, 30300, "Input has invalid bytes")
OUR_FAILURE = Status(500, FAILURE.code, FAILURE.description, FAILURE.details)
OURS = frozenset({INTERNAL.code, UNAVAILABLE.code, BUSY.code, LATE.code})
STATUSES: Mapping[str, Status] = {
    "missing-key": Status(
        401,
        11102,
        "Invalid request",
        "Empty or malformed authorization header. Please provide an API key or session token.",
    ),
    "malformed-key": Status(
        401, 11008, "Invalid API key or Invalid API key/application pair", "Invalid format of key."
    ),
    "unauthorized": Status(401, 11009, "API key not found", "invalid key(None)"),
    "insufficient-scope": Status(403, 11007, "API key has insufficient scopes"),
    "rate-limited": Status(429, 11005, "Making too many requests"),
    "suspended": Status(403, 11000, "Account issues"),
    "budget-exceeded": Status(429, 11006, "Billing issues: limits exceeded"),
    "quota-exceeded": Status(429, 11004, "Monthly limit exceeded"),
    "no-such-model": Status(404, 21200, "Model does not exist"),
    "operation-unavailable": Status(400, 21353, "Model is not deployed"),
    "model-argument": Status(400, 21202, "Model has invalid arguments"),
    "not-found": Status(404, 11101, "Resource does not exist"),
    "method-not-allowed": Status(400, 11103, "Method not allowed", "Method Not Allowed"),
    "bad-request": Status(400, 11100, "Bad request format"),
    "invalid-request": Status(400, 40001, "Predict request is invalid"),
    "body-too-large": Status(413, 40033, "Message is larger than allowed"),
    "input-argument": Status(400, 30104, "Input invalid argument"),
    "invalid-url": Status(400, 30106, "Input has an invalid URL"),
    "address-not-allowed": Status(400, 30106, "Input has an invalid URL"),
    "image-not-found": Status(400, 30002, "Download failed; check URL"),
    "image-unreachable": Status(400, 39996, "Connection to the URL failed"),
    "image-too-large": OVER_LIMIT,
    "not-an-image": Status(400, 30101, "Input has an unsupported format"),
    "image-undecodable": UNDECODABLE,
    "undecodable-bytes": UNDECODABLE,
    "engine-rejected": Status(400, 40001, "Predict request is invalid"),
    "overloaded": BUSY,
    "unavailable": UNAVAILABLE,
    "draining": UNAVAILABLE,
    "engine-unavailable": UNAVAILABLE,
    "timeout": LATE,
    "expired": LATE,
    "deadline-exceeded": LATE,
    "upstream-timeout": LATE,
}
"""By the slug of a problem, or the code of a failed analysis. What is not here is our own fault."""


def of(slug: str) -> Status:
    return STATUSES.get(slug, INTERNAL)


def status_body(slug: str, detail: str, errors: Any, request_id: str) -> Json:
    """The status of a problem: of a whole answer, or of one output."""
    if errors:
        detail = f"{errors[0]['pointer']} {errors[0]['detail']}"
    return of(slug).body(detail, request_id)


def tell(problem: Mapping[str, Any]) -> Response:
    """A problem (RFC 9457) as the vendor's clients read it."""
    slug = str(problem["type"]).rpartition("/")[2]
    body = status_body(slug, problem["detail"], problem.get("errors"), problem["request_id"])
    headers = {"Cache-Control": "no-store"}
    return Response(json.dumps({"status": body}), of(slug).http, headers, "application/json")
