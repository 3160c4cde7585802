"""HEAD is answered as GET is, without the body (RFC 9110 §9.3.2) and without the effect.

The few routes whose GET does something, or goes on, ask `only_looking`.
"""

from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_looking: ContextVar[bool] = ContextVar("looking", default=False)


def only_looking() -> bool:
    """Whether the request is a HEAD: nothing may come of it."""
    return _looking.get()


class Looks:
    """ASGI middleware next to the routes, which know GET alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        looking = scope["type"] == "http" and scope["method"] == "HEAD"
        _looking.set(looking)
        if not looking:
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        got = {**scope, "method": "GET"}
        try:
            await self._app(got, receive, without_body)
        finally:
            scope["route"] = got.get("route")  # for whoever counts it
