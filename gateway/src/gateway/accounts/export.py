"""Everything that is kept of a user, as the files of a ZIP archive that is made while it is sent.

Nothing of the archive is stored: each file is asked for in its turn, and passed on in pieces. When a
service fails in the middle the archive breaks off before its central directory, so nobody takes it for
a whole one.
"""

import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sightline_contracts import memory

from gateway.errors import UpstreamProblem
from gateway.upstream.answers import Answer
from gateway.upstream.results import ResultService
from gateway.upstream.users import UserService

PAGE = "100"
NOT_FOUND = 404
SUFFIXES = {
    b"\xff\xd8\xff": "jpg",
    b"\x89PNG": "png",
    b"GIF8": "gif",
    b"RIFF": "webp",
}
File = tuple[str, AsyncIterator[bytes]]
"""A name, and the content in pieces."""
Json = dict[str, Any]


class Export:
    """Raises what calls of the services do."""

    def __init__(self, users: UserService, results: ResultService) -> None:
        self._users = users
        self._results = results

    async def files(self, user_id: str) -> AsyncIterator[File]:
        """The account's files come first, so that an account that is gone raises UpstreamProblem
        before anything is sent."""
        with memory.for_a_moment():
            account = (await self._users.get_user(user_id)).json()
        yield "account.json", _json(account)
        for collection in ("api-keys", "sessions", "events"):
            pages = partial(self._users.list_of, user_id, collection)
            yield f"{collection}.json", _list(_items(pages, "items"))
        usage = partial(self._users.usage, user_id)
        for month in _months(account["created_at"]):
            with memory.for_a_moment():
                bill = (await usage({"month": month, "limit": "1"})).json()
            lines = _items(usage, "line_items", month=month)
            yield f"usage/{month}.json", _list(lines, month=month, totals=bill["totals"])
        async for analysis in _items(partial(self._results.list_analyses, user_id), "items"):
            async for file in self.of_analysis(user_id, analysis):
                yield file

    async def of_analysis(self, user_id: str, analysis: Json) -> AsyncIterator[File]:
        """The files of one analysis, in a folder of its own."""
        folder = f"analyses/{analysis['id']}"
        yield f"{folder}/analysis.json", _json(analysis)
        for kind, name in (("result", "result.json"), ("preview", "preview.jpg")):
            content = await self._content(user_id, analysis["id"], kind)
            if content is not None:
                yield f"{folder}/{name}", content
        image = await self._content(user_id, analysis["id"], "upload")
        if image is not None:
            start = await anext(image, b"")
            suffix = next(
                (suffix for magic, suffix in SUFFIXES.items() if start.startswith(magic)), "bin"
            )
            yield f"{folder}/image.{suffix}", _after(start, image)

    async def _content(
        self, user_id: str, analysis_id: str, kind: str
    ) -> AsyncIterator[bytes] | None:
        """None for content that was never there, or has expired or been deleted meanwhile."""
        try:
            answer = await self._results.content(user_id, analysis_id, kind)
        except UpstreamProblem as problem:
            if problem.status == NOT_FOUND:
                return None
            raise
        return answer.pieces()


async def _items(
    page_of: Callable[[dict[str, str]], Awaitable[Answer]], name: str, **params: str
) -> AsyncIterator[Json]:
    """The items of all pages of a list; `name` is the field that holds a page's items."""
    cursor: str | None = None
    while True:
        given = {**params, "limit": PAGE, **({"cursor": cursor} if cursor else {})}
        # The memory that a page takes is given back at once: there may be thousands of pages.
        with memory.for_a_moment():
            page = dict((await page_of(given)).json())
        for item in page[name]:
            yield item
        cursor = page["next_cursor"]
        if cursor is None:
            return


class _Sink(io.RawIOBase):
    """Holds what the archive writes until it is taken; like a socket it has no positions."""

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
    """A ZIP archive in pieces. Pictures are stored, since they are compressed already."""
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
    """A JSON array; with `before`, an object of those fields and the items as `line_items`."""
    start = json.dumps({**before, "line_items": []})[:-2] if before else "["
    yield start.encode()
    comma = ""
    async for item in items:
        yield f"{comma}\n{json.dumps(item, indent=2)}".encode()
        comma = ","
    yield b"\n]}" if before else b"\n]"


async def _after(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for piece in rest:
        yield piece


def _months(since: str) -> list[str]:
    """The months from `since` (ISO 8601) until now, as in "2026-11"."""
    first, now = datetime.fromisoformat(since), datetime.now(UTC)
    count = (now.year - first.year) * 12 + now.month - first.month + 1
    months = (divmod(first.year * 12 + first.month - 1 + number, 12) for number in range(count))
    return [f"{year}-{month + 1:02}" for year, month in months]
