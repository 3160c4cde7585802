"""Purges: every edge is told, by a call that it can tell from others'."""

import asyncio
import hmac
import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from conftest import Gateway
from sightline_contracts.problems import Unavailable

from gateway.upstream.edges import Edges


class Edge:
    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        self.before: Callable[[], Awaitable[None]] | None = None
        self.app = web.Application()
        self.app.add_routes([web.post("/purges", self._take)])

    async def _take(self, request: web.Request) -> web.Response:
        if self.before is not None:
            await self.before()
        self.told.append((dict(request.headers), await request.read()))
        return web.json_response({"marked": 1}, status=self.status)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "purge.key"
    file.write_bytes(os.urandom(32))
    return file


@pytest.fixture
async def two() -> AsyncIterator[tuple[list[Edge], list[str]]]:
    edges = [Edge(), Edge()]
    async with TestServer(edges[0].app) as first, TestServer(edges[1].app) as second:
        yield edges, [str(one.make_url("")).rstrip("/") for one in (first, second)]


async def test_each_edge_is_told_and_can_tell_who_it_was(
    two: tuple[list[Edge], list[str]], key_file: Path
) -> None:
    edges, urls = two
    key = key_file.read_bytes()  # noqa: ASYNC240  # 32 bytes
    assert await Edges(urls, key_file).purge(["/docs/*", "/v1/status"]) == 2
    for edge in edges:
        ((headers, body),) = edge.told
        assert json.loads(body) == {"paths": ["/docs/*", "/v1/status"]}
        said = headers["X-Purge-Time"].encode() + b"\n" + body
        right = hmac.digest(key, said, "sha256").hex()
        assert headers["X-Purge-Signature"] == right
        assert abs(time.time() - int(headers["X-Purge-Time"])) < 60


async def test_an_edge_is_told_when_those_farther_in_have_been(
    two: tuple[list[Edge], list[str]], key_file: Path
) -> None:
    (shield, edge), urls = two
    edge_heard_first = []

    async def look() -> None:
        await asyncio.sleep(0.05)  # the time in which an edge that is told at once would hear it
        edge_heard_first.append(bool(edge.told))

    shield.before = look
    assert await Edges([*urls, urls[0]], key_file).purge(["/docs/*"]) == 2
    assert edge_heard_first == [False]
    assert (len(shield.told), len(edge.told)) == (1, 1)


@pytest.mark.parametrize("last", ["refuses", "http://127.0.0.1:1", "http://nowhere.invalid:1"])
async def test_an_edge_that_is_not_told_is_said(
    two: tuple[list[Edge], list[str]], key_file: Path, last: str
) -> None:
    edges, urls = two
    if last == "refuses":
        edges[1].status = 401
    else:
        urls[1] = last
    with pytest.raises(Unavailable):
        await Edges(urls, key_file).purge(["/docs/*"])


async def test_only_an_admin_purges(gateway: Gateway) -> None:
    wanted = {"paths": ["/problems/*"]}
    for scope, status in (("account analyses:write", 403), ("admin", 202)):
        answer = await gateway.client.post(
            "/v1/purges", json=wanted, headers=gateway.auth(scope=scope)
        )
        assert answer.status_code == status
    assert answer.json() == {"paths": ["/problems/*"], "edges": 0}


@pytest.mark.parametrize(
    "path",
    [
        "",
        "docs",
        "*",
        "/do*",
        "/docs/*/x",
        "/docs/**",
        "//x",
        "/a?b",
        "/a#b",
        "/a b",
        "/ä",
        "/x\n",
        "http://a.test/x",
        "/1/2/3/4/5/6/7/8/9/10/11/12/*",
    ],
)
async def test_what_is_no_path_is_refused(gateway: Gateway, path: str) -> None:
    headers = gateway.auth(scope="admin")
    answer = await gateway.client.post("/v1/purges", json={"paths": [path]}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/paths/0"
