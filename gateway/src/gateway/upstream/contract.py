"""What a service may answer, by its OpenAPI document: each answer is held against it, so that a
malformed one reaches no client and no code of ours that relies on its shape."""

import hashlib
import json
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonschema_rs
from sightline_contracts import loader
from sightline_contracts.problems import MEDIA_TYPE

JSON = ("application/json", MEDIA_TYPE)
SERVER_ERROR = 500
KNOWN_AT_MOST = 10_000
"""Answers, of which a digest is kept."""


@dataclass(frozen=True)
class Violation:
    """`operation` as in the contract, e.g. "GET /v1/users/{user_id}"; `pointer` into the body
    (RFC 6901), empty where it is about the whole answer."""

    operation: str
    pointer: str
    reason: str


@dataclass(frozen=True)
class Operation:
    """`answers`: by status, the schemas of the media types."""

    service: str
    name: str
    segments: tuple[str, ...]
    answers: dict[int, dict[str, Any]]

    def is_at(self, segments: tuple[str, ...]) -> bool:
        return all(
            own == given or own.startswith("{")
            for own, given in zip(self.segments, segments, strict=True)
        )


class Contract:
    """Of one service. Raises FileNotFoundError where there is none. A read that answers the same bytes as before
    has kept it, and is not looked at again."""

    def __init__(self, service: str) -> None:
        self._known: OrderedDict[tuple[str, int, str, bytes], None] = OrderedDict()
        self._operations: dict[tuple[str, int], list[Operation]] = defaultdict(list)
        for operation in _operations(service):
            method = operation.name.partition(" ")[0]
            self._operations[method, len(operation.segments)].append(operation)

    def violation(
        self, method: str, path: str, status: int, media_type: str, body: bytes
    ) -> Violation | None:
        """What of the answer breaks the contract.

        A problem of the server's own (5xx) breaks nothing, declared or not: it says that the service could
        not do what it promises, and is told as that.
        """
        operation = self._operation(method, path)
        media_type = essence(media_type)
        if operation is None:
            return Violation(f"{method} {path}", "", "not an operation of this service")
        answer = operation.name, status, media_type, hashlib.sha256(body).digest()
        if answer in self._known:
            self._known.move_to_end(answer)
            return None
        found = _found(operation, status, media_type, body)
        if found is None and method == "GET":
            self._known[answer] = None
            if len(self._known) > KNOWN_AT_MOST:
                self._known.popitem(last=False)
        return found

    def violation_of_head(
        self, method: str, path: str, status: int, media_type: str
    ) -> Violation | None:
        """What of the head of an answer breaks the contract, whatever its body is."""
        operation = self._operation(method, path)
        media_type = essence(media_type)
        if operation is None:
            return Violation(f"{method} {path}", "", "not an operation of this service")
        declared = operation.answers.get(status)
        if declared is None or (declared and media_type not in declared):
            return Violation(operation.name, "", f"{status} with {media_type} is not declared")
        return None

    def _operation(self, method: str, path: str) -> Operation | None:
        segments = tuple(path.partition("?")[0].strip("/").split("/"))
        candidates = self._operations.get((method, len(segments)), ())
        return next((one for one in candidates if one.is_at(segments)), None)


def essence(media_type: str) -> str:
    """Without parameters."""
    return media_type.partition(";")[0].strip().lower()


def _found(operation: Operation, status: int, media_type: str, body: bytes) -> Violation | None:
    declared = operation.answers.get(status)
    reason = _undeclared(declared, status, media_type, body)
    if reason is not None:
        return Violation(operation.name, "", reason)
    if media_type not in JSON or declared == {}:
        return None
    try:
        content = json.loads(body)
    except ValueError:
        return Violation(operation.name, "", "the body is not JSON")
    if declared is None:
        return None
    validator = _validator(operation.service, operation.name, status, media_type)
    return _violation(operation.name, validator, content)


def _undeclared(
    declared: dict[str, Any] | None, status: int, media_type: str, body: bytes
) -> str | None:
    if declared is None and not (status >= SERVER_ERROR and media_type == MEDIA_TYPE):
        return f"status {status} is not declared"
    if declared is not None and (body or declared) and media_type not in declared:
        return f"{media_type or 'no media type'} is not declared for status {status}"
    return None


def _violation(
    operation: str, validator: jsonschema_rs.Draft202012Validator, content: Any
) -> Violation | None:
    if validator.is_valid(content):
        return None
    error = next(validator.iter_errors(content))
    pointer = "".join(f"/{part}" for part in error.instance_path)
    # The message would quote the body, which is somebody's.
    return Violation(operation, pointer, f"breaks its schema: {error.kind.name}")


@cache
def _operations(service: str) -> list[Operation]:
    return [
        Operation(
            service,
            f"{method.upper()} {path}",
            tuple(path.strip("/").split("/")),
            {
                int(status): {
                    media_type: content.get("schema") or {}
                    for media_type, content in answer.get("content", {}).items()
                }
                for status, answer in described["responses"].items()
            },
        )
        for path, methods in loader.openapi(service)["paths"].items()
        for method, described in methods.items()
    ]


@cache
def _validator(
    service: str, name: str, status: int, media_type: str
) -> jsonschema_rs.Draft202012Validator:
    """Made for the first answer of its kind: all of them would hold some 50 MB. References lead to
    the document's components, which come along under their own pointer."""
    schema = next(one for one in _operations(service) if one.name == name).answers[status]
    components = loader.openapi(service).get("components", {})
    return jsonschema_rs.Draft202012Validator(
        _open({**schema[media_type], "components": components})
    )


def _open(schema: Any) -> Any:
    """The same without `additionalProperties: false`: a field that this version does not know is
    passed over, so that a service can be released before who reads it."""
    if isinstance(schema, dict):
        closed = ("additionalProperties", False)
        return {name: _open(value) for name, value in schema.items() if (name, value) != closed}
    return [_open(one) for one in schema] if isinstance(schema, list) else schema
