"""result-service in the place of the real one: a small HTTP server that remembers."""

import asyncio
from typing import Any

from aiohttp import web


class FakeResults:
    """The first outcome of an analysis stands. `down` answers 503 to everything."""

    def __init__(self) -> None:
        self.outcomes: dict[str, dict[str, Any]] = {}
        self.reports = 0
        self.uploads: dict[str, bytes] = {}
        self.previews: dict[str, bytes] = {}
        self.down = False
        self.function: dict[str, Any] = {}
        self.changed = asyncio.Event()
        self.app = web.Application(client_max_size=30_000_000, middlewares=[self._available])
        one = "/v1/users/{user}/analyses/{analysis}"
        self.app.add_routes([
            web.get("/livez", self._livez),
            web.get("/v1/function", self._function),
            web.head(one + "/outcome", self._has_outcome),
            web.put(one + "/outcome", self._put_outcome),
            web.get(one + "/upload", self._upload),
            web.put(one + "/preview", self._put_preview),
        ])  # fmt: skip

    async def outcome(self, analysis_id: str, seconds: float = 30) -> dict[str, Any]:
        """The outcome when there is one."""
        async with asyncio.timeout(seconds):
            while analysis_id not in self.outcomes:
                self.changed.clear()
                await self.changed.wait()
        return self.outcomes[analysis_id]

    @web.middleware
    async def _available(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if self.down:
            return web.Response(status=503)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _livez(self, _request: web.Request) -> web.Response:
        return web.Response()

    async def _function(self, _request: web.Request) -> web.Response:
        return web.json_response({"memory_mb": None, "timeout_s": None, **self.function})

    async def _has_outcome(self, request: web.Request) -> web.Response:
        known = request.match_info["analysis"] in self.outcomes
        return web.Response(status=200 if known else 404)

    async def _put_outcome(self, request: web.Request) -> web.Response:
        self.reports += 1
        analysis_id = request.match_info["analysis"]
        known = analysis_id in self.outcomes
        self.outcomes.setdefault(analysis_id, await request.json())
        self.changed.set()
        return web.json_response({"status": "succeeded"}, status=200 if known else 201)

    async def _upload(self, request: web.Request) -> web.Response:
        body = self.uploads.get(request.match_info["analysis"])
        return web.Response(status=404) if body is None else web.Response(body=body)

    async def _put_preview(self, request: web.Request) -> web.Response:
        self.previews[request.match_info["analysis"]] = await request.read()
        return web.Response(status=204)
