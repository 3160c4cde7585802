"""Shares as result-service keeps them, for its fake."""

import json
from typing import Any

from aiohttp import web
from sightline_contracts import ids

CONTENT = {"preview": (b"\xff\xd8jpeg", "image/jpeg"), "result": (b"{}", "application/json")}
END = "2099-01-01T00:00:00.000Z"


class FakeShares:
    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}

    def routes(self, analysis: str) -> list[web.RouteDef]:
        one = analysis + "/shares/{share}"
        return [
            web.put(one, self._make),
            web.get(analysis + "/shares", self._list),
            web.get(one, self._get),
            web.delete(one, self._withdraw),
            web.get(one + "/{part}", self._content),
        ]

    async def _make(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        share_id = request.match_info["share"]
        self.kept[share_id] = {
            "share_id": share_id,
            "parts": wanted["parts"],
            "created_at": ids.now(),
            "expires_at": END,
        }
        return web.json_response(self.kept[share_id], status=201)

    async def _list(self, _request: web.Request) -> web.Response:
        return web.json_response({"items": list(self.kept.values())})

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._kept(request))

    async def _withdraw(self, request: web.Request) -> web.Response:
        del self.kept[self._kept(request)["share_id"]]
        return web.Response(status=204)

    async def _content(self, request: web.Request) -> web.Response:
        self._kept(request)
        content, media_type = CONTENT[request.match_info["part"]]
        if request.headers.get("If-None-Match") == '"0a"':
            return web.Response(status=304, headers={"ETag": '"0a"'})
        headers = {"ETag": '"0a"', "Cache-Control": "private, no-cache"}
        return web.Response(body=content, content_type=media_type, headers=headers)

    def _kept(self, request: web.Request) -> dict[str, Any]:
        kept = self.kept.get(request.match_info["share"])
        if kept is None:
            body = {"type": "/problems/not-found", "title": "x", "status": 404, "detail": "x"}
            body |= {"instance": "/internal", "request_id": "inner"}
            raise web.HTTPNotFound(text=json.dumps(body), content_type="application/problem+json")
        return kept
