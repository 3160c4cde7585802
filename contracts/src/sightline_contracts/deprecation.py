"""How an operation says that it will go: in its contract, in each answer, and in a metric.

    @router.get("/v1/old", **deprecated("2027-01-01", sunset="2027-07-01", instead="/v1/new"))

One line in the code; the OpenAPI document, the headers `Deprecation` (RFC 9745) and `Sunset` (RFC 8594), and the gate,
which lets the operation go after its sunset without a new major version, follow from it.
"""

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sightline_contracts import metrics

EXTENSION = "x-deprecation"


def deprecated(since: str, *, sunset: str, instead: str) -> dict[str, Any]:
    """Arguments of a route. `since` and `sunset`: days as 2027-01-01, in UTC; `instead`: the path to use.

    Raises ValueError where a day is none, or the sunset is not after it.
    """
    if date.fromisoformat(sunset) <= date.fromisoformat(since):
        raise ValueError("an operation goes after it was deprecated")
    described = {"since": since, "sunset": sunset, "instead": instead}
    return {"deprecated": True, "openapi_extra": {EXTENSION: described}}


class DeprecationHeaders:
    """ASGI middleware within the boundary: tells whoever calls an operation that will go."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            route: Any = scope.get("route")
            described = (getattr(route, "openapi_extra", None) or {}).get(EXTENSION)
            if described is not None and message["type"] == "http.response.start":
                metrics.DEPRECATED_REQUESTS.labels(scope["method"], route.path).inc()
                headers = MutableHeaders(scope=message)
                headers["Deprecation"] = f"@{int(_midnight(described['since']).timestamp())}"
                headers["Sunset"] = format_datetime(_midnight(described["sunset"]), usegmt=True)
                headers.append("Link", f'<{described["instead"]}>; rel="successor-version"')
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def _midnight(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)
