"""Holds each problem that the gateway answers against the types that the operation declares."""

import re
from functools import cache
from typing import Any

import httpx2
from sightline_contracts import loader
from sightline_contracts.problems import MEDIA_TYPE

from gateway.problem_types.answers import EXTENSION

OF_NO_OPERATION = {"/problems/internal", "/problems/method-not-allowed"}


async def check(response: httpx2.Response) -> None:
    """An event hook of a client."""
    if response.headers.get("Content-Type", "").partition(";")[0] != MEDIA_TYPE:
        return
    if response.request.method == "HEAD":
        return
    await response.aread()
    kind, status = response.json()["type"], response.status_code
    operation = _operation(response.request.method.lower(), response.request.url.path)
    if operation is None or kind in OF_NO_OPERATION:
        return
    declared = operation["responses"].get(str(status), {}).get(EXTENSION, ())
    assert kind in declared, f"{operation['operationId']} does not declare {status} {kind}"


def _operation(method: str, path: str) -> Any:
    """None for a path that is no operation's."""
    found = [
        operations[method]
        for pattern, operations in _paths()
        if method in operations and pattern.fullmatch(path)
    ]
    return found[0] if found else None


@cache
def _paths() -> list[tuple[re.Pattern[str], Any]]:
    return [
        (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), operations)
        for path, operations in loader.openapi("gateway")["paths"].items()
        if path.startswith(("/v1/", "/problems/"))
    ]
