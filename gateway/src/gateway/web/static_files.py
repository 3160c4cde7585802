"""The web app's files, where no edge stands in front of the gateway: the same addresses, and the
same security headers on everything that a browser shows."""

import re
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; object-src 'none';"
    " base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

NOT_FOUND = 404
PAGES = re.compile(
    r"/(?:sign-in|signed-in|sign-up|forgot-password|new-password|verify-email|analyses/an_[0-9a-z]{26}"
    r"|history|compare|batches|batches/ba_[0-9a-z]{26}"
    r"|usage|keys|webhooks|account|admin|docs|docs/start|design|status)/?"
)
"""Addresses of the web app's pages, which are one file: it reads from them what to show. The edge has the same
list (static-cdn/nginx.conf.template)."""


def mount(app: FastAPI, static_dir: Path, samples_dir: Path | None) -> None:
    """Serve `static_dir` at `/` and `samples_dir` at `/samples`, behind all routes of the API."""
    if samples_dir is not None:
        app.mount("/samples", _Revalidated(StaticFiles(directory=samples_dir)))
    files = StaticFiles(directory=static_dir, html=True)
    app.mount("/", _Revalidated(_Pages(files, static_dir / "not-found.html")))


def page(static_dir: Path | None) -> Response:
    """The web app, at an address that only the gateway knows to be right. Where the files are the edge's, it is told
    to send its own (`X-Accel-Redirect`)."""
    if static_dir is None:
        return Response(headers={"X-Accel-Redirect": "/index.html"}, media_type="text/html")
    return FileResponse(static_dir / "index.html", headers={"Cache-Control": "no-cache"})


class _Pages:
    """Answers each page's address with the one page that there is, and whoever follows a link to nothing with
    a page that says so."""

    def __init__(self, app: ASGIApp, not_found: Path) -> None:
        self._app = app
        self._not_found = not_found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if PAGES.fullmatch(scope["path"]):
            scope = {**scope, "path": "/", "raw_path": b"/"}
        try:
            await self._app(scope, receive, send)
        except HTTPException as error:
            accept = Headers(scope=scope).get("Accept", "")
            if error.status_code != NOT_FOUND or not accept.lower().startswith("text/html"):
                raise
            await FileResponse(self._not_found, NOT_FOUND)(scope, receive, send)


class _Revalidated:
    """Static files are asked for again each time; they answer 304 by their ETag."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                cache = (b"cache-control", b"no-cache")
                message = {**message, "headers": [*message["headers"], cache]}
            await send(message)

        await self._app(scope, receive, with_headers)


class SecurityHeaders:
    """ASGI middleware: the headers that the edge would set."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = [
            (name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._headers]}
            await send(message)

        await self._app(scope, receive, secured if scope["type"] == "http" else send)
