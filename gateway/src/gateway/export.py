"""All that is kept of a user, as the files of a ZIP archive that is made while it is sent.

Nothing of it is stored: each file is asked for when its turn has come, and no more than one is held. When
a service fails in the middle the archive breaks off, without the directory at its end that makes it one.
"""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from gateway.errors import UpstreamProblem
from gateway.upstream import Upstream

PAGE = "100"
NOT_FOUND = 404
SUFFIXES = {
    b"\xff\xd8\xff": "jpg", b"\x89PNG": "png", b"GIF8": "gif", b"RIFF": "webp",
}  # fmt: skip
File = tuple[str, bytes]


class Export:
    """Raises what calls of the services do."""

    def __init__(self, users: Upstream, results: Upstream) -> None:
        self._users = users
        self._results = results

    async def files(self, user_id: str) -> AsyncIterator[File]:
        """The account's first: for one that is gone it raises UpstreamProblem before anything is
        sent."""
        path = f"/v1/users/{user_id}"
        account = (await self._users.call("GET", path)).json()
        yield _json("account.json", account)
        for name in ("api-keys", "sessions", "events"):
            yield _json(f"{name}.json", await self._all(self._users, f"{path}/{name}", "items"))
        for month in _months(account["created_at"]):
            yield _json(f"usage/{month}.json", await self._bill(path, month))
        async for analysis in self._pages(self._results, f"{path}/analyses"):
            async for file in self._of_analysis(path, analysis):
                yield file

    async def _of_analysis(self, user: str, analysis: dict[str, Any]) -> AsyncIterator[File]:
        folder = f"analyses/{analysis['id']}"
        path = f"{user}/analyses/{analysis['id']}"
        yield _json(f"{folder}/analysis.json", analysis)
        for kind, name in (("result", "result.json"), ("preview", "preview.jpg")):
            content = await self._bytes(f"{path}/{kind}")
            if content is not None:
                yield f"{folder}/{name}", content
        image = await self._bytes(f"{path}/upload")
        if image is not None:
            suffix = next(
                (one for start, one in SUFFIXES.items() if image.startswith(start)), "bin"
            )
            yield f"{folder}/image.{suffix}", image

    async def _bytes(self, path: str) -> bytes | None:
        """None for what was never there, or has expired or been deleted meanwhile."""
        try:
            return (await self._results.call("GET", path)).body
        except UpstreamProblem as problem:
            if problem.status == NOT_FOUND:
                return None
            raise

    async def _bill(self, user: str, month: str) -> dict[str, Any]:
        lines = await self._all(self._users, f"{user}/usage", "line_items", month=month)
        params = {"month": month, "limit": "1"}
        bill = (await self._users.call("GET", f"{user}/usage", params=params)).json()
        return {"month": month, "totals": bill["totals"], "line_items": lines}

    async def _all(
        self, service: Upstream, path: str, name: str, **params: str
    ) -> list[dict[str, Any]]:
        return [one async for one in self._pages(service, path, name, **params)]

    @staticmethod
    async def _pages(
        service: Upstream, path: str, name: str = "items", **params: str
    ) -> AsyncIterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            given = {**params, "limit": PAGE, **({"cursor": cursor} if cursor else {})}
            page = (await service.call("GET", path, params=given)).json()
            for one in page[name]:
                yield one
            cursor = page["next_cursor"]
            if cursor is None:
                return


class _Sink(io.RawIOBase):
    """Takes what the archive writes until it is taken away; without positions, as a socket is."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


async def archive(files: AsyncIterator[File]) -> AsyncIterator[bytes]:
    """A ZIP archive in pieces. Pictures are not compressed once more."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as zipped:
        async for name, content in files:
            kind = zipfile.ZIP_DEFLATED if name.endswith(".json") else zipfile.ZIP_STORED
            zipped.writestr(name, content, compress_type=kind)
            yield sink.taken()
    yield sink.taken()


def _json(name: str, content: Any) -> File:
    return name, json.dumps(content, indent=2).encode()


def _months(since: str) -> list[str]:
    """From that time's to this one's, as in "2026-11"."""
    first, now = datetime.fromisoformat(since), datetime.now(UTC)
    count = (now.year - first.year) * 12 + now.month - first.month + 1
    months = (divmod(first.year * 12 + first.month - 1 + number, 12) for number in range(count))
    return [f"{year}-{month + 1:02}" for year, month in months]
