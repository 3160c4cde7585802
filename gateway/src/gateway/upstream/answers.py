"""What a service behind the gateway answers: read as a whole and understood, or passed on in pieces."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from sightline_contracts import memory
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from gateway.errors import UpstreamFailed
from gateway.upstream.contract import JSON, essence

PASSED_ON = (
    "ETag",
    "Cache-Control",
    "Content-Type",
    "Retry-After",
    "Location",
    "Accept-Ranges",
    "Content-Range",
)
PIECE = 64 << 10
DECODED = 10
"""As how many bytes a byte of JSON counts. A result of 600 lines with their words and polygons took 8.5
times its bytes to decode (tracemalloc); it is held itself as well."""


@dataclass(frozen=True)
class Answer:
    """As the service's contract wants it."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("Content-Type", "")

    def json(self) -> Any:
        """The body, decoded when it is first asked for; None where it is not JSON."""
        return self._content

    @cached_property
    def _content(self) -> Any:
        is_json = self.body and essence(self.media_type) in JSON
        return json.loads(self.body) if is_json else None

    async def pieces(self) -> AsyncIterator[bytes]:
        yield self.body

    def response(
        self, headers: Mapping[str, str] | None = None, status: int | None = None
    ) -> Response:
        """The same answer for the client; other headers than the known ones stay inside."""
        return Response(
            self.body or None, status or self.status, _passed(self.headers, headers or {})
        )


@dataclass(frozen=True)
class Begun:
    """A body that is passed on while it comes: by `response`, or by `pieces`."""

    status: int
    headers: CIMultiDictProxy[str]
    upstream: aiohttp.ClientResponse

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """For the client; it closes the connection to the service, however it ends."""
        length = {name: self.headers[name] for name in ("Content-Length",) if name in self.headers}
        return _Passing(self, _passed(self.headers, {**length, **(headers or {})}))

    async def pieces(self) -> AsyncIterator[bytes]:
        """Raises UpstreamFailed where the service breaks off."""
        try:
            async for piece in self.upstream.content.iter_chunked(PIECE):
                yield piece
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UpstreamFailed("A part broke off its answer.") from error
        finally:
            self.upstream.close()


class _Passing(StreamingResponse):
    def __init__(self, begun: Begun, headers: Mapping[str, str]) -> None:
        super().__init__(begun.pieces(), begun.status, headers)
        self._upstream = begun.upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._upstream.close()  # also where nobody has asked for a piece


async def whole(upstream: aiohttp.ClientResponse) -> bytes:
    """The body, counted as what it will take. Raises Overloaded, aiohttp.ClientError, TimeoutError."""
    body = bytearray()
    async for piece in upstream.content.iter_chunked(PIECE):
        memory.take(len(piece) * DECODED)
        body += piece
    return bytes(body)


def _passed(theirs: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, str]:
    kept = {name: theirs[name] for name in PASSED_ON if name in theirs}
    # Ours win, and come first: nginx before 1.23 heeds the first field that says how long it may store.
    return {**ours, "Cache-Control": "private, no-store", **kept, **ours}
