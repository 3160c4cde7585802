"""What the gateway holds is bounded: bodies, answers, exports, event streams."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import Gateway
from sightline_contracts import ids, loader, memory
from starlette.formparsers import MultiPartParser
from starlette.types import Message, Scope

from gateway.accounts.export import Export, archive
from gateway.analyses.event_streams import REMEMBERED, SentStates
from gateway.analyses.submission import JSON_AT_MOST
from gateway.analyses.waiting import HINTS_AT_MOST, MISSED
from gateway.models.analyses import IMAGE_LIMIT

BUDGET = int(loader.sla("gateway").settings["body_budget_bytes"])
KEY_ID = ids.new_id("ak")
PIECE = b"\xff\xd8\xff" + bytes(97)


def boundary(gateway: Gateway) -> Any:
    """The one with the budget, somewhere in the chain of middleware."""
    layer: Any = gateway.client._transport.app.middleware_stack  # type: ignore[attr-defined]
    while not hasattr(layer, "_bodies"):
        layer = getattr(layer, "app", None) or layer._app
    return layer


async def held(gateway: Gateway) -> int:
    await gateway.client.get("/livez")  # so that the chain is there
    return int(boundary(gateway)._bodies._held)


async def test_what_a_request_held_is_given_back(gateway: Gateway) -> None:
    files = {"image": bytes(1_000_000)}
    answer = await gateway.client.post("/v1/analyses", files=files, headers=gateway.auth())
    assert answer.status_code == 202
    assert (await gateway.submit()).status_code == 202
    assert await held(gateway) == 0


async def test_a_full_budget_refuses_with_503_and_says_when_to_come_again(
    gateway: Gateway,
) -> None:
    await held(gateway)
    bodies: memory.Budget = boundary(gateway)._bodies
    with bodies.lease() as others:
        others.take(BUDGET - 500_000)
        for size, status in ((400_000, 202), (600_000, 503)):
            answer = await gateway.client.post(
                "/v1/analyses", files={"image": bytes(size)}, headers=gateway.auth()
            )
            assert answer.status_code == status, answer.text
        assert answer.json()["type"] == "/problems/overloaded"
        assert answer.headers["Retry-After"] == "1"
    answer = await gateway.client.post(
        "/v1/analyses", files={"image": bytes(600_000)}, headers=gateway.auth()
    )
    assert answer.status_code == 202


async def test_an_answer_counts_as_what_it_takes_to_read_it(gateway: Gateway) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    stored = gateway.results.analyses[gateway.user_id, analysis_id]
    stored["result"] = {"text": "x" * 100_000}
    url = f"/v1/analyses/{analysis_id}"
    await held(gateway)
    bodies: memory.Budget = boundary(gateway)._bodies
    with bodies.lease() as others:
        others.take(BUDGET - 500_000)
        refused = await gateway.client.get(url, headers=gateway.auth())
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/overloaded")
    assert (await gateway.client.get(url, headers=gateway.auth())).status_code == 200


class Reading:
    """An ASGI request whose body nobody may ask for."""

    def __init__(self, headers: dict[str, str], path: str) -> None:
        pairs = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self.scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"host", b"gateway"), *pairs],
            "root_path": "",
            "scheme": "http",
            "http_version": "1.1",
            "client": ("127.0.0.1", 1),
            "server": ("gateway", 80),
            "extensions": {},
        }
        self.asked = 0
        self.status = 0

    async def receive(self) -> Message:
        self.asked += 1
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]


def signed(key_id: str, moment: datetime | None = None) -> dict[str, str]:
    request = AWSRequest("POST", "http://gateway/compat/rekognition", data=b"{}")
    request.headers["X-Amz-Target"] = "RekognitionService.DetectFaces"
    SigV4Auth(Credentials(key_id, "s" * 43), "rekognition", "eu-central-1").add_auth(request)
    found = dict(request.headers.items())
    if moment is not None:
        found["X-Amz-Date"] = f"{moment:%Y%m%dT%H%M%SZ}"
    return found


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
STRANGERS = {
    "nobody": ("/compat/rekognition", {}),
    "an unknown key": ("/compat/rekognition", signed(ids.new_id("ak"))),
    "another time": ("/compat/rekognition", signed(KEY_ID, LONG_AGO)),
    "a malformed signature": ("/compat/rekognition", {"Authorization": "AWS4-HMAC-SHA256 x"}),
    "no key at clarifai's": ("/compat/clarifai/v2/models/face-detection/outputs", {}),
    "a wrong key at clarifai's": (
        "/compat/clarifai/v2/models/face-detection/outputs",
        {"Authorization": f"Key slk_{'0' * 26}_{'A' * 43}"},
    ),
    "a submission of nobody": ("/v1/analyses", {"Content-Type": "application/json"}),
    "a batch of nobody": ("/v1/batches", {"Content-Type": "application/json"}),
}


@pytest.mark.parametrize("who", STRANGERS)
async def test_no_byte_of_a_large_body_is_read_of_who_has_no_credential(
    gateway: Gateway, who: str
) -> None:
    path, headers = STRANGERS[who]
    reading = Reading(headers, path)
    app = gateway.client._transport.app  # type: ignore[attr-defined]
    await app(reading.scope, reading.receive, reading.send)
    assert (reading.status in (400, 401, 403), reading.asked) == (True, 0)


async def test_a_submission_without_a_file_may_have_no_large_body(gateway: Gateway) -> None:
    body = {"image_url": "http://a.test/", "metadata": {"x": "y" * JSON_AT_MOST}}
    answer = await gateway.client.post("/v1/analyses", json=body, headers=gateway.auth())
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")
    assert IMAGE_LIMIT > JSON_AT_MOST


async def test_a_full_disk_is_503_and_never_500(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_parser: MultiPartParser) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(MultiPartParser, "parse", full)
    answer = await gateway.client.post(
        "/v1/analyses", files={"image": b"x"}, headers=gateway.auth()
    )
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/overloaded")
    assert "Retry-After" in answer.headers


async def test_a_result_is_passed_on_while_it_comes(gateway: Gateway) -> None:
    """Its second half is written when the client has the first: it cannot be held as a whole."""
    analysis_id = (await gateway.submit()).json()["id"]
    gateway.results.objects["preview"] = [PIECE, PIECE]
    may_go_on = asyncio.Event()
    gateway.results.after_piece = may_go_on.wait
    path = f"/v1/analyses/{analysis_id}/preview"
    got: list[bytes] = []

    async def send(message: Message) -> None:
        if message.get("body"):
            got.append(message["body"])
            may_go_on.set()

    reading = Reading(gateway.auth(), path)
    reading.scope["method"] = "GET"

    async def nothing_more() -> Message:
        if not reading.asked:
            reading.asked = 1
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.Event().wait()
        raise AssertionError

    app = gateway.client._transport.app  # type: ignore[attr-defined]
    async with asyncio.timeout(10):
        await app(reading.scope, nothing_more, send)
    assert b"".join(got) == PIECE * 2
    assert await held(gateway) == 0


@pytest.mark.parametrize("tail", ["result", "preview"])
async def test_conditions_and_ranges_reach_the_store(gateway: Gateway, tail: str) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    gateway.results.objects[tail] = [b"0123456789"]
    asked = {"If-None-Match": '"x"', "Range": "bytes=0-1", "If-Range": '"e"'}
    answer = await gateway.client.get(
        f"/v1/analyses/{analysis_id}/{tail}", headers={**gateway.auth(), **asked}
    )
    assert (answer.status_code, answer.headers["Content-Range"]) == (206, "bytes 0-1/9")
    assert {name: gateway.results.seen_headers[name] for name in asked} == asked


async def test_an_export_is_made_of_pieces(gateway: Gateway) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    gateway.results.objects = {
        "result": [b'{"a":', b"1}"],
        "preview": [PIECE] * 3,
        "upload": [b"\x89PNG", b"rest"],
    }
    export = Export(gateway.wiring.users, gateway.wiring.results)
    files = export.of_analysis(gateway.user_id, {"id": analysis_id})
    pieces = [piece async for piece in archive(files)]
    zipped = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert zipped.testzip() is None
    folder = f"analyses/{analysis_id}"
    assert json.loads(zipped.read(f"{folder}/result.json")) == {"a": 1}
    assert zipped.read(f"{folder}/preview.jpg") == PIECE * 3
    assert zipped.read(f"{folder}/image.png") == b"\x89PNGrest"


async def test_one_user_may_have_ten_event_streams_open(gateway: Gateway) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    slots = gateway.wiring.stream_slots
    slots.open[gateway.user_id] = 10
    for path in ("/v1/events", f"/v1/analyses/{analysis_id}/events"):
        answer = await gateway.client.get(path, headers=gateway.auth())
        assert (answer.status_code, answer.json()["type"]) == (429, "/problems/rate-limited")
        assert answer.headers["Retry-After"] == "5"
    slots.open[gateway.user_id] = 9
    gateway.results.end(gateway.user_id, analysis_id)
    told = await gateway.client.get(f"/v1/analyses/{analysis_id}/events", headers=gateway.auth())
    assert told.status_code == 200
    assert slots.open[gateway.user_id] == 9  # its place was given back


def one(number: int, status: str = "running") -> dict[str, Any]:
    return {"id": f"an_{number:026d}", "status": status, "attempts": 1}


def test_a_stream_remembers_so_many_analyses_and_asks_about_the_newest() -> None:
    told = SentStates([])
    for number in range(REMEMBERED + 500):
        assert told.is_news(one(number))
        assert not told.is_news(one(number))
    assert len(told._sent) == REMEMBERED
    assert told.alive()[-1] == one(REMEMBERED + 499)["id"]
    assert len(told.alive()) == 100
    assert told.is_news(one(REMEMBERED + 499, "succeeded"))
    assert one(REMEMBERED + 499)["id"] not in told.alive()


async def test_hints_that_nobody_takes_are_bounded(gateway: Gateway) -> None:
    with gateway.wiring.hints.listen("topic") as queue:
        assert queue.maxsize == HINTS_AT_MOST
        for _ in range(HINTS_AT_MOST):
            queue.put_nowait("an_1")
        gateway.wiring.hints.let_go()
        assert [queue.get_nowait(), queue.get_nowait()] == [MISSED, ""]
        assert queue.empty()


async def test_the_bill_tells_how_much_storage_is_taken(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = {
        "month": "2026-11",
        "line_items": [],
        "next_cursor": None,
        "totals": {
            "analyses": 0,
            "billed_ms": 0,
            "gb_seconds": 0.0,
            "engine_calls": 0,
            "amount": "0.0000",
            "currency": "USD",
        },
        "quota": {"limit": 1, "used": 0, "reserved": 0, "left": 1, "resets_at": ids.now()},
    }
    call = gateway.wiring.users.call

    async def told(method: str, path: str, **given: Any) -> Any:
        if not path.endswith("/usage"):
            return await call(method, path, **given)
        return type("Bill", (), {"json": lambda _self: bill})()

    monkeypatch.setattr(gateway.wiring.users, "call", told)
    usage = (await gateway.client.get("/v1/me/usage", headers=gateway.auth())).json()
    assert usage == bill | {"storage": {"limit": 100, "used": 30, "reserved": 20, "left": 50}}
    gateway.results.mode = "503"
    without = await gateway.client.get("/v1/me/usage", headers=gateway.auth())
    assert (without.status_code, without.json()["storage"]) == (200, None)


async def test_pieces_that_end_early_break_the_answer_off(gateway: Gateway) -> None:
    analysis_id = (await gateway.submit()).json()["id"]

    async def cut() -> AsyncIterator[None]:
        raise ConnectionResetError
        yield

    gateway.results.objects["preview"] = [PIECE, PIECE]
    gateway.results.after_piece = lambda: anext(cut())
    with pytest.raises(Exception):  # noqa: B017  # the client's own, whichever it has
        await gateway.client.get(f"/v1/analyses/{analysis_id}/preview", headers=gateway.auth())
    assert await held(gateway) == 0
