"""All that is kept of a user, as the files of a ZIP archive that is made while it is sent.

Nothing of it is stored: each file is asked for when its turn has come, and is passed on in pieces. When
a service fails in the middle the archive breaks off, without the directory at its end that makes it one.
"""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sightline_contracts import memory

from gateway.errors import UpstreamProblem
from gateway.upstream.client import Upstream

PAGE = "100"
NOT_FOUND = 404
SUFFIXES = {
    b"\xff\xd8\xff": "jpg",
    b"\x89PNG": "png",
    b"GIF8": "gif",
    b"RIFF": "webp",
}
File = tuple[str, AsyncIterator[bytes]]
"""A name, and what is in it."""
Json = dict[str, Any]


class Export:
    """Raises what calls of the services do."""

    def __init__(self, users: Upstream, results: Upstream) -> None:
        self._users = users
        self._results = results

    async def files(self, user_id: str) -> AsyncIterator[File]:
        """The account's first: for one that is gone it raises UpstreamProblem before anything is
        sent."""
        path = f"/v1/users/{user_id}"
        account = await self._one(self._users, path)
        yield "account.json", _json(account)
        for name in ("api-keys", "sessions", "events"):
            yield f"{name}.json", _list(self._pages(self._users, f"{path}/{name}", "items"))
        for month in _months(account["created_at"]):
            bill = await self._one(self._users, f"{path}/usage", month=month, limit="1")
            lines = self._pages(self._users, f"{path}/usage", "line_items", month=month)
            yield f"usage/{month}.json", _list(lines, month=month, totals=bill["totals"])
        async for analysis in self._pages(self._results, f"{path}/analyses", "items"):
            async for file in self._of_analysis(path, analysis):
                yield file

    async def _of_analysis(self, user: str, analysis: Json) -> AsyncIterator[File]:
        folder = f"analyses/{analysis['id']}"
        path = f"{user}/analyses/{analysis['id']}"
        yield f"{folder}/analysis.json", _json(analysis)
        for kind, name in (("result", "result.json"), ("preview", "preview.jpg")):
            content = await self._content(f"{path}/{kind}")
            if content is not None:
                yield f"{folder}/{name}", content
        image = await self._content(f"{path}/upload")
        if image is not None:
            start = await anext(image, b"")
            suffix = next(
                (one for begin, one in SUFFIXES.items() if start.startswith(begin)), "bin"
            )
            yield f"{folder}/image.{suffix}", _after(start, image)

    async def _content(self, path: str) -> AsyncIterator[bytes] | None:
        """None for what was never there, or has expired or been deleted meanwhile."""
        try:
            answer = await self._results.pass_on(path)
        except UpstreamProblem as problem:
            if problem.status == NOT_FOUND:
                return None
            raise
        return answer.pieces()

    @staticmethod
    async def _one(service: Upstream, path: str, **params: str) -> Json:
        # What is held of an answer is given back at once: there may be thousands of them.
        with memory.for_a_moment():
            return dict((await service.call("GET", path, params=params)).json())

    async def _pages(
        self, service: Upstream, path: str, name: str, **params: str
    ) -> AsyncIterator[Json]:
        cursor: str | None = None
        while True:
            given = {**params, "limit": PAGE, **({"cursor": cursor} if cursor else {})}
            page = await self._one(service, path, **given)
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
        async for name, pieces in files:
            entry = zipfile.ZipInfo(name, datetime.now(UTC).timetuple()[:6])
            is_text = name.endswith(".json")
            entry.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
            with zipped.open(entry, "w") as writing:
                async for piece in pieces:
                    writing.write(piece)
                    yield sink.taken()
    yield sink.taken()


async def _json(content: Json) -> AsyncIterator[bytes]:
    yield json.dumps(content, indent=2).encode()


async def _list(items: AsyncIterator[Json], **before: Any) -> AsyncIterator[bytes]:
    """An array; with `before`, an object of that and the items as `line_items`."""
    start = json.dumps({**before, "line_items": []})[:-2] if before else "["
    yield start.encode()
    comma = ""
    async for one in items:
        yield f"{comma}\n{json.dumps(one, indent=2)}".encode()
        comma = ","
    yield b"\n]}" if before else b"\n]"


async def _after(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for piece in rest:
        yield piece


def _months(since: str) -> list[str]:
    """From that time's to this one's, as in "2026-11"."""
    first, now = datetime.fromisoformat(since), datetime.now(UTC)
    count = (now.year - first.year) * 12 + now.month - first.month + 1
    months = (divmod(first.year * 12 + first.month - 1 + number, 12) for number in range(count))
    return [f"{year}-{month + 1:02}" for year, month in months]
