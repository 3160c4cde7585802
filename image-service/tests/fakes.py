"""result-service in the place of the real one: a small HTTP server that remembers."""

import asyncio
import base64
from typing import Any

from aiohttp import web
from redis.asyncio import Redis


class FakeResults:
    """The first outcome of an analysis stands, and takes the marker of what is queued away. `down`
    answers 503 to everything."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self.outcomes: dict[str, dict[str, Any]] = {}
        self.reports = 0
        self.uploads: dict[str, bytes] = {}
        self.previews: dict[str, bytes] = {}
        self.down = False
        self.asked = 0
        self.function: dict[str, Any] = {}
        self.webhooks: dict[str, dict[str, Any]] = {}
        self.changed = asyncio.Event()
        self.app = web.Application(client_max_size=30_000_000, middlewares=[self._available])
        one = "/v1/users/{user}/analyses/{analysis}"
        self.app.add_routes(
            [
                web.get("/livez", self._livez),
                web.get("/v1/function", self._function),
                web.head(one + "/outcome", self._has_outcome),
                web.put(one + "/outcome", self._put_outcome),
                web.get(one + "/result", self._result),
                web.get(one + "/preview", self._preview),
                web.get(one + "/upload", self._upload),
                web.post("/v1/webhook-deliveries/receive", self._receive_webhooks),
                web.delete("/v1/webhook-deliveries/{delivery}", self._delete_webhook),
            ]
        )

    async def outcome(self, analysis_id: str, seconds: float = 30) -> dict[str, Any]:
        """The outcome when there is one."""
        async with asyncio.timeout(seconds):
            while analysis_id not in self.outcomes:
                self.changed.clear()
                await self.changed.wait()
        return self.outcomes[analysis_id]

    @web.middleware
    async def _available(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked += 1
        if self.down:
            return web.Response(status=503)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _receive_webhooks(self, request: web.Request) -> web.Response:
        """Each is due once, as its next try is far away."""
        due = [one for one in self.webhooks.values() if not one["received"]]
        due = due[: int(request.query["limit"])]
        for one in due:
            one["received"] = True
        return web.json_response({"messages": [one["message"] for one in due]})

    async def _delete_webhook(self, request: web.Request) -> web.Response:
        del self.webhooks[request.match_info["delivery"]]
        return web.Response(status=204)

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
        report = await request.json()
        if report.get("preview"):
            self.previews[analysis_id] = base64.b64decode(report["preview"])
        self.outcomes.setdefault(analysis_id, report)
        await self._redis.delete(f"queued:{analysis_id}")
        self.changed.set()
        return web.json_response({"status": "succeeded"}, status=200 if known else 201)

    async def _result(self, request: web.Request) -> web.Response:
        found = self.outcomes.get(request.match_info["analysis"])
        if found is None or found["status"] != "succeeded":
            return web.Response(status=404)
        return web.json_response(found["result"])

    async def _preview(self, request: web.Request) -> web.Response:
        found = self.previews.get(request.match_info["analysis"])
        return web.Response(status=404) if found is None else web.Response(body=found)

    async def _upload(self, request: web.Request) -> web.Response:
        body = self.uploads.get(request.match_info["analysis"])
        return web.Response(status=404) if body is None else web.Response(body=body)
