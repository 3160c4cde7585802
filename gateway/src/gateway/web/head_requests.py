"""HEAD is answered as GET is, without the body (RFC 9110 §9.3.2) and without any effect.

The few routes whose GET has an effect, or streams, ask `is_head`.
"""

from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_is_head: ContextVar[bool] = ContextVar("is_head", default=False)


def is_head() -> bool:
    """Whether the request is a HEAD, which must change nothing."""
    return _is_head.get()


class HeadRequests:
    """ASGI middleware next to the routes, which know GET alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = scope["type"] == "http" and scope["method"] == "HEAD"
        _is_head.set(head)
        if not head:
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        get_scope = {**scope, "method": "GET"}
        try:
            await self._app(get_scope, receive, send_without_body)
        finally:
            scope["route"] = get_scope.get("route")  # the boundary counts by route
