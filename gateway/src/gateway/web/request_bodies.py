"""What holds for the body of every request: it comes as it is, without a content coding, and JSON may begin
with a byte order mark, which some editors and shells write (RFC 8259 §8.1 lets a parser pass over it)."""

import codecs

from sightline_contracts.problems import UnsupportedMediaType
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BOM = codecs.BOM_UTF8


class RequestBodies:
    """ASGI middleware next to the routes. Raises UnsupportedMediaType for a body with a coding: what it
    unpacks to could be as large as it likes, and a picture hardly gets smaller."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        coding = headers.get("Content-Encoding", "").strip().lower()
        if coding not in ("", "identity"):
            raise UnsupportedMediaType(
                "Send the body without a Content-Encoding.", headers={"Accept-Encoding": "identity"}
            )
        media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if media_type == "application/json":
            receive = _without_bom(receive)
        await self._app(scope, receive, send)


def _without_bom(receive: Receive) -> Receive:
    """Holds back no more than the mark's own three bytes, however they are cut."""
    begun: bytes | None = b""

    async def receive_without_bom() -> Message:
        nonlocal begun
        message = await receive()
        if begun is None or message["type"] != "http.request":
            return message
        begun += message.get("body", b"")
        if BOM.startswith(begun) and len(begun) < len(BOM) and message.get("more_body", False):
            return {**message, "body": b""}
        body, begun = begun.removeprefix(BOM), None
        return {**message, "body": body}

    return receive_without_bom
