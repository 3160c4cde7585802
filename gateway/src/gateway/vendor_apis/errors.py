"""Under a vendor's path every error has the vendor's shape, also those of the boundary and of routes
that are not there."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sightline_contracts.problems import MEDIA_TYPE, Problem
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Tell = Callable[[Mapping[str, Any]], Response]
"""A problem's body (RFC 9457) as a vendor says it."""
KEPT = (b"retry-after", b"x-request-id", b"x-edge-connection")
OURS = frozenset(
    {
        "canceled",
        "crashed",
        "engine-unavailable",
        "expired",
        "internal",
        "out-of-memory",
        "timeout",
    }
)
"""Reasons of a failed analysis that the picture cannot be blamed for."""


class AnalysisFailed(Problem):
    """The analysis ended without a result; the slug is its error's code."""

    def __init__(self, code: str, detail: str) -> None:
        self.status = 502 if code in OURS else 422  # type: ignore[misc]  # of each instance
        self.slug = code  # type: ignore[misc]
        self.title = "The analysis has no result"  # type: ignore[misc]
        super().__init__(detail)


class VendorErrors:
    """ASGI middleware around the whole app. `vendors`: path → how that vendor tells a problem."""

    def __init__(self, app: ASGIApp, vendors: Mapping[str, Tell]) -> None:
        self._app = app
        self._vendors = vendors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        found = [
            tell for own, tell in self._vendors.items() if path == own or path.startswith(f"{own}/")
        ]
        if scope["type"] == "http" and found:
            send = _Told(scope, receive, send, found[0])
        await self._app(scope, receive, send)


class _Told:
    """Holds a problem back until it is whole, and sends it in other words; sends all else on."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, tell: Tell) -> None:
        self._scope, self._receive, self._send, self._tell = scope, receive, send, tell
        self._kept: list[tuple[bytes, bytes]] | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self._kept = [pair for pair in message["headers"] if pair[0].lower() in KEPT]
        elif self._kept is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                answer = self._tell(json.loads(self._body))
                answer.raw_headers.extend(self._kept)
                await answer(self._scope, self._receive, self._send)


def _is_problem(start: Message) -> bool:
    types = [value for name, value in start["headers"] if name.lower() == b"content-type"]
    return any(value.startswith(MEDIA_TYPE.encode()) for value in types)
