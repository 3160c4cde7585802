"""The archive of all that is kept of a user: what is in it, and what becomes of a failure."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from sightline_contracts.problems import Problem, Unavailable

from gateway.accounts.export import Export, File, archive
from gateway.errors import UpstreamProblem
from gateway.upstream.answers import Answer
from gateway.upstream.results import ResultService
from gateway.upstream.users import UserService

USER = "/v1/users/us_1"
NO_HEADERS: CIMultiDictProxy[str] = CIMultiDictProxy(CIMultiDict())
JSON = CIMultiDictProxy(CIMultiDict({"Content-Type": "application/json"}))
NOW = datetime.now(UTC)


@dataclass
class Scripted:
    """`says`: by path, a body, JSON to be paged one by one, or a problem."""

    says: dict[str, Any]
    asked: list[str] = field(default_factory=list)

    async def call(
        self, _method: str, path: str, *, params: dict[str, str] | None = None, **_: Any
    ) -> Answer:
        self.asked.append(path)
        said = self.says.get(path, UpstreamProblem(404, {"type": "/problems/not-found"}, {}))
        if isinstance(said, Problem):
            raise said
        if isinstance(said, tuple):  # name of the list, and what is in it
            name, items = said
            place = int((params or {}).get("cursor", "0"))
            after = str(place + 1) if place + 1 < len(items) else None
            said = {name: items[place : place + 1], "next_cursor": after, "totals": {"amount": "0"}}
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        return Answer(200, NO_HEADERS if isinstance(said, bytes) else JSON, body)

    async def pass_on(self, path: str, _headers: Any = None) -> Answer:
        return await self.call("GET", path)


class Users(Scripted, UserService):
    """user-service, in the words of a script."""


class Results(Scripted, ResultService):
    """result-service, in the words of a script."""


def services(**changes: Any) -> tuple[Users, Results]:
    users = Users(
        {
            USER: {"id": "us_1", "created_at": (NOW - timedelta(days=1)).isoformat()},
            f"{USER}/api-keys": ("items", [{"id": "ak_1"}, {"id": "ak_2"}]),
            f"{USER}/sessions": ("items", [{"id": "se_1"}]),
            f"{USER}/events": ("items", [{"id": "ev_1"}, {"id": "ev_2"}, {"id": "ev_3"}]),
            f"{USER}/usage": ("line_items", [{"analysis_id": "an_1"}, {"analysis_id": "an_2"}]),
        }
    )
    results = Results(
        {
            f"{USER}/analyses": ("items", [{"id": "an_1"}, {"id": "an_2"}]),
            f"{USER}/analyses/an_1/result": b'{"faces": []}',
            f"{USER}/analyses/an_1/preview": b"\xff\xd8\xff preview",
            f"{USER}/analyses/an_1/upload": b"\x89PNG picture",
            **changes,
        }
    )
    return users, results


async def read(files: AsyncIterator[File]) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(b"".join([piece async for piece in archive(files)])))


async def test_everything_is_in_it_page_after_page() -> None:
    users, results = services()
    export: Any = Export(users, results)
    zipped = await read(export.files("us_1"))
    assert zipped.testzip() is None
    assert {name for name in zipped.namelist() if not name.startswith("usage/")} == {
        "account.json",
        "api-keys.json",
        "sessions.json",
        "events.json",
        "analyses/an_1/analysis.json",
        "analyses/an_1/result.json",
        "analyses/an_1/preview.jpg",
        "analyses/an_1/image.png",
        "analyses/an_2/analysis.json",
    }
    assert [one["id"] for one in json.loads(zipped.read("api-keys.json"))] == ["ak_1", "ak_2"]
    assert len(json.loads(zipped.read("events.json"))) == 3
    bill = json.loads(zipped.read(f"usage/{NOW:%Y-%m}.json"))
    assert [one["analysis_id"] for one in bill["line_items"]] == ["an_1", "an_2"]
    assert zipped.read("analyses/an_1/image.png") == b"\x89PNG picture"


async def test_pieces_leave_as_they_are_made() -> None:
    async def files() -> AsyncIterator[File]:
        for number in range(5):
            yield f"{number}.jpg", content(number)

    async def content(number: int) -> AsyncIterator[bytes]:
        for _ in range(10):
            yield bytes([number]) * 100_000

    pieces = [piece async for piece in archive(files())]
    assert len(pieces) == 51
    assert max(len(piece) for piece in pieces) < 101_000
    zipped = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert zipped.read("3.jpg") == b"\3" * 1_000_000


async def test_one_that_breaks_off_is_no_archive() -> None:
    users, results = services(**{f"{USER}/analyses/an_1/preview": Unavailable("away")})
    export: Any = Export(users, results)
    sent = bytearray()

    async def send() -> None:
        async for piece in archive(export.files("us_1")):
            sent.extend(piece)

    with pytest.raises(Unavailable):
        await send()
    assert sent
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(bytes(sent)))


async def test_an_account_that_is_gone_is_known_before_anything_is_sent() -> None:
    users, results = services()
    del users.says[USER]
    export: Any = Export(users, results)
    with pytest.raises(UpstreamProblem):
        await anext(export.files("us_1"))
    assert results.asked == []
