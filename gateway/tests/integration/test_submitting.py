"""What is accepted, what is refused, and what stays unharmed."""

import asyncio
import codecs
import gzip
import json
import re
import time
from collections.abc import AsyncIterator

import pytest
from conftest import Gateway
from sightline_contracts import context, events, ids

from gateway.analyses import waiting
from gateway.analyses.submission import SubmissionReader


async def test_typical_journey(gateway: Gateway) -> None:
    answer = await gateway.submit(**{"X-Request-Id": "my-request"})
    assert answer.status_code == 202, answer.text
    analysis_id = answer.json()["id"]
    assert answer.headers["Location"] == f"/v1/analyses/{analysis_id}"
    assert answer.headers["Retry-After"] == "1"
    assert answer.headers["X-Request-Id"] == "my-request"
    assert gateway.users.reserved == {analysis_id}
    stored = gateway.results.analyses[gateway.user_id, analysis_id]
    assert stored["request_id"] == "my-request"
    assert stored["input"]["operations"] == ["faces"]
    read = await gateway.client.get(answer.headers["Location"], headers=gateway.auth())
    assert (read.status_code, read.headers["ETag"]) == (200, '"known"')
    headers = {**gateway.auth(), "If-None-Match": '"known"'}
    again = await gateway.client.get(answer.headers["Location"], headers=headers)
    assert (again.status_code, again.content) == (304, b"")


async def test_a_file_is_stored_before_the_intent(gateway: Gateway) -> None:
    answer = await gateway.client.post(
        "/v1/analyses",
        headers=gateway.auth(),
        files={"image": ("a.png", b"png bytes", "image/png")},
        data={"operations": ["faces", "hash"], "metadata": '{"n": 1}'},
    )
    assert answer.status_code == 202, answer.text
    analysis_id = answer.json()["id"]
    assert gateway.results.uploads == {analysis_id: b"png bytes"}
    stored = gateway.results.analyses[gateway.user_id, analysis_id]["input"]
    assert (stored["kind"], stored["operations"]) == ("upload", ["faces", "hash"])
    assert stored["metadata"] == {"n": 1}


UPLOAD_ID = "up_01k00000000000000000000000"
GOOD = {"image_url": "http://pictures.test/a.png"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**GOOD, "surprise": 1}, "/surprise"),
        ({**GOOD, "webhook": "http://x.test"}, "/webhook"),
        ({}, "/image_url"),
        ({"image_url": 5}, "/image_url"),
        ({"image_url": float("nan")}, "/image_url"),
        ({"image_url": "ftp://x.test/a"}, "/image_url"),
        ({"image_url": "file:///etc/passwd"}, "/image_url"),
        ({"image_url": "http://u:p@x.test/a"}, "/image_url"),
        ({"image_url": "http://[::1"}, "/image_url"),
        ({"image_url": "http://x.test/a b"}, "/image_url"),
        ({"image_url": "http://x.test/" + "a" * 2048}, "/image_url"),
        ({**GOOD, "operations": []}, "/operations"),
        ({**GOOD, "operations": "faces"}, "/operations"),
        ({**GOOD, "operations": ["faces", "faces"]}, "/operations"),
        ({**GOOD, "operations": ["emotions"]}, "/operations/0"),
        ({**GOOD, "engine": "magic"}, "/engine"),
        ({**GOOD, "metadata": {"a": "b" * 5000}}, "/metadata"),
        ({**GOOD, "metadata": [1]}, "/metadata"),
        ({**GOOD, "webhook_url": "ftp://x.test/a"}, "/webhook_url"),
        ({**GOOD, "webhook_url": "http://u:p@x.test/a"}, "/webhook_url"),
        ({**GOOD, "upload_id": UPLOAD_ID}, "/image_url"),
        ({"upload_id": "an_" + UPLOAD_ID[3:]}, "/upload_id"),
        ({"upload_id": None}, "/upload_id"),
    ],
)
async def test_a_body_outside_the_contract_is_422(
    gateway: Gateway, body: dict[str, object], pointer: str
) -> None:
    headers = {**gateway.auth(), "Content-Type": "application/json"}
    answer = await gateway.client.post("/v1/analyses", content=json.dumps(body), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not gateway.results.analyses
    assert not gateway.users.reserved


async def test_text_is_read_for_who_asks_and_not_by_default(gateway: Gateway) -> None:
    for change in ({"operations": ["faces", "text"]}, {}):
        body = {"image_url": GOOD["image_url"], **change}
        answer = await gateway.client.post("/v1/analyses", json=body, headers=gateway.auth())
        assert answer.status_code == 202
    asked, default = gateway.results.analyses.values()
    assert asked["input"]["operations"] == ["faces", "text"]
    assert "text" not in default["input"]["operations"]


async def test_an_upload_and_a_webhook_are_part_of_what_is_asked_for(gateway: Gateway) -> None:
    body = {"upload_id": UPLOAD_ID, "webhook_url": "https://hooks.test/a?b=c"}
    answer = await gateway.client.post("/v1/analyses", json=body, headers=gateway.auth())
    assert answer.status_code == 202
    [submission] = gateway.results.submissions.values()
    assert {name: submission[name] for name in body} == body
    assert submission["input"]["kind"] == "upload"
    assert submission["input"]["image_url"] is None


@pytest.mark.parametrize(
    "change", [{"operations": ["moderation"]}, {"operations": ["hash"]}, {"engine": "clarifai"}]
)
async def test_what_no_engine_does_is_said_at_submit(
    gateway: Gateway, change: dict[str, object]
) -> None:
    gateway.wiring.submissions = SubmissionReader(frozenset({"faces"}))
    answer = await gateway.client.post(
        "/v1/analyses", json={**GOOD, **change}, headers=gateway.auth()
    )
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/operation-unavailable")
    assert not gateway.results.analyses


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 10_000])
async def test_a_body_that_is_not_json_is_400(gateway: Gateway, content: bytes) -> None:
    headers = {**gateway.auth(), "Content-Type": "application/json"}
    answer = await gateway.client.post("/v1/analyses", content=content, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")
    assert not gateway.results.analyses


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", ""])
async def test_another_media_type_is_415(gateway: Gateway, media_type: str) -> None:
    headers = {**gateway.auth(), "Content-Type": media_type}
    answer = await gateway.client.post("/v1/analyses", content=b"{}", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "gzip, gzip", "zstd"])
@pytest.mark.parametrize("path", ["/v1/analyses", "/v1/me/api-keys", "/v1/uploads", "/v1/users"])
async def test_a_body_with_a_content_coding_is_415(
    gateway: Gateway, path: str, coding: str
) -> None:
    headers = {**gateway.auth(), "Content-Encoding": coding, "Content-Type": "application/json"}
    answer = await gateway.client.post(path, content=gzip.compress(b"{}"), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")
    assert answer.json()["detail"] == "Send the body without a Content-Encoding."
    assert answer.headers["Accept-Encoding"] == "identity"


async def test_a_body_that_says_that_it_has_no_coding_is_taken(gateway: Gateway) -> None:
    assert (await gateway.submit(**{"Content-Encoding": "Identity"})).status_code == 202


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 5])
async def test_a_byte_order_mark_before_json_is_passed_over(gateway: Gateway, cut: int) -> None:
    body = codecs.BOM_UTF8 + json.dumps(GOOD).encode()

    async def in_pieces() -> AsyncIterator[bytes]:
        yield body[:cut]
        yield body[cut:]

    headers = {**gateway.auth(), "Content-Type": "application/json"}
    answer = await gateway.client.post("/v1/analyses", content=in_pieces(), headers=headers)
    assert answer.status_code == 202, answer.text


async def test_a_byte_order_mark_alone_is_400(gateway: Gateway) -> None:
    headers = {**gateway.auth(), "Content-Type": "application/json"}
    for content in (codecs.BOM_UTF8, codecs.BOM_UTF8[:2], codecs.BOM_UTF8 * 2 + b"{}"):
        answer = await gateway.client.post("/v1/analyses", content=content, headers=headers)
        assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "disposition",
    [
        "form-data; name=\"image\"; filename*=UTF-8''%e2%82%ac.png",
        "form-data; filename* = utf-8'en'a.png; name=image",
        'form-data; name="image"; filename="a.png"; filename*=UTF-8\'\'%e2%82%ac.png',
        "form-data; name=\"image\"; filename*=UTF-8''b.png; filename=a.png",
    ],
)
async def test_a_part_with_an_extended_filename_is_a_file(
    gateway: Gateway, disposition: str
) -> None:
    part = f"--b\r\nContent-Disposition: {disposition}\r\n\r\npng bytes\r\n--b--\r\n"
    headers = {**gateway.auth(), "Content-Type": "multipart/form-data; boundary=b"}
    answer = await gateway.client.post("/v1/analyses", content=part.encode(), headers=headers)
    assert answer.status_code == 202, answer.text
    assert list(gateway.results.uploads.values()) == [b"png bytes"]


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ({"a": "é" * 2044}, 202),  # 4096 bytes of UTF-8, and 12,272 with escapes
        ({"a": "é" * 2044 + "e"}, 422),
        ({"a": "e" * 4088}, 202),
        ({"a": "e" * 4089}, 422),
        ({"a": "日" * 1362}, 202),
        ({"a": "😀" * 1022}, 202),
        ({str(number): number for number in range(400)}, 202),
    ],
)
async def test_metadata_counts_as_bytes_of_utf8(
    gateway: Gateway, metadata: dict[str, object], status: int
) -> None:
    answer = await gateway.client.post(
        "/v1/analyses", json={**GOOD, "metadata": metadata}, headers=gateway.auth()
    )
    assert answer.status_code == status, answer.text


async def test_a_file_over_the_limit_is_413(gateway: Gateway) -> None:
    for size in (20 * 2**20 + 1, 22 * 2**20):
        answer = await gateway.client.post(
            "/v1/analyses", headers=gateway.auth(), files={"image": ("a", b"x" * size)}
        )
        assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")
    assert not gateway.results.uploads


@pytest.mark.parametrize(
    ("files", "data"),
    [
        ({"image": ("a.png", b"")}, {}),
        ({"picture": ("a.png", b"x")}, {}),
        ({"image": ("a.png", b"x")}, {"metadata": "{"}),
        ({"image": ("a.png", b"x")}, {"surprise": "1"}),
        ({"image": ("a.png", b"x")}, {"operations": "emotions"}),
    ],
)
async def test_a_form_outside_the_contract_is_422(
    gateway: Gateway, files: dict[str, object], data: dict[str, object]
) -> None:
    answer = await gateway.client.post(
        "/v1/analyses",
        headers=gateway.auth(),
        files=files,
        data=data,  # type: ignore[arg-type]
    )
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert not gateway.results.uploads


async def test_someone_elses_analysis_looks_like_an_unknown_one(gateway: Gateway) -> None:
    theirs = (await gateway.submit()).json()["id"]
    gateway.user_id = ids.new_id("us")
    shapes = []
    for analysis_id in (theirs, ids.new_id("an")):
        answer = await gateway.client.get(f"/v1/analyses/{analysis_id}", headers=gateway.auth())
        assert answer.status_code == 404
        shapes.append({**answer.json(), "instance": "", "request_id": ""})
    assert shapes[0] == shapes[1]


async def test_a_used_up_quota_says_so_and_writes_nothing(gateway: Gateway) -> None:
    gateway.users.quota = 0
    answer = await gateway.submit()
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/quota-exceeded")
    assert answer.headers["Retry-After"] == "60"
    assert answer.json()["instance"] == "/v1/analyses"
    assert not gateway.results.analyses


@pytest.mark.parametrize(
    ("mode", "status", "slug"),
    [
        ("503", 503, "unavailable"),
        ("500", 502, "contract-violation"),
        ("garbage", 502, "contract-violation"),
        ("failed", 502, "upstream-failed"),
        ("reset", 503, "unavailable"),
    ],
)
async def test_a_failing_upstream_gives_back_the_unit_and_tells_nothing_of_the_inside(
    gateway: Gateway, mode: str, status: int, slug: str
) -> None:
    gateway.results.mode = mode
    answer = await gateway.submit()
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert not re.search("Traceback|host-7|127.0.0.1", answer.text)
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert not gateway.users.reserved


async def test_the_deadline_shrinks_on_its_way(gateway: Gateway) -> None:
    left = context.deadline.set(time.monotonic() + 1.5)
    await gateway.wiring.results.call("GET", f"/v1/users/{gateway.user_id}/analyses")
    context.deadline.reset(left)
    assert 0 < int(gateway.results.seen_headers["X-Request-Deadline-Ms"]) <= 1500


async def test_the_same_key_and_body_give_the_same_analysis(gateway: Gateway) -> None:
    first = await gateway.submit(**{"Idempotency-Key": "k1"})
    second = await gateway.submit(**{"Idempotency-Key": "k1"})
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    assert len(gateway.results.analyses) == 1


async def test_the_same_key_with_another_body_is_refused(gateway: Gateway) -> None:
    await gateway.submit(**{"Idempotency-Key": "k1"})
    headers = {**gateway.auth(), "Idempotency-Key": "k1"}
    answer = await gateway.client.post("/v1/analyses", json=GOOD, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert len(gateway.results.analyses) == 1


async def test_parallel_requests_with_one_key_make_one_analysis(gateway: Gateway) -> None:
    answers = await asyncio.gather(*(gateway.submit(**{"Idempotency-Key": "k"}) for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len(gateway.results.analyses) == 1
    assert len(gateway.users.reserved) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "tab\there"])
async def test_a_malformed_key_is_422(gateway: Gateway, key: str) -> None:
    answer = await gateway.submit(**{"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/Idempotency-Key")


async def _announce(gateway: Gateway, analysis_id: str) -> None:
    data = {
        "analysis_id": analysis_id,
        "user_id": gateway.user_id,
        "status": "succeeded",
        "created_at": ids.now(),
        "finished_at": ids.now(),
    }
    event = events.dump(events.COMPLETED, "test", analysis_id, data)
    await gateway.redis.xadd(events.COMPLETED, {"event": event})


async def test_a_preferred_wait_answers_200_when_it_ends(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "ASK_AGAIN_S", 60)
    submitting = asyncio.create_task(gateway.submit(Prefer="respond-async, wait=20"))
    async with asyncio.timeout(5):
        while not gateway.results.analyses:  # noqa: ASYNC110  # a poll with a deadline
            await asyncio.sleep(0.01)
        analysis_id = next(iter(gateway.results.analyses))[1]
        gateway.results.end(gateway.user_id, analysis_id)
        while not submitting.done():  # a gateway that has just started may not hear yet
            await _announce(gateway, analysis_id)
            await asyncio.wait([submitting], timeout=0.2)
        answer = await submitting
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert answer.headers["Preference-Applied"] == "wait=20"
    assert gateway.results.reads == 1, "it asks when there is an end to hear of, and not before"


async def test_a_wait_that_was_too_short_answers_202(gateway: Gateway) -> None:
    answer = await gateway.submit(Prefer="wait=1")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")
    assert answer.headers["Preference-Applied"] == "wait=1"


async def test_a_long_poll_sees_the_end_even_when_the_hint_is_lost(gateway: Gateway) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    polling = asyncio.create_task(
        gateway.client.get(f"/v1/analyses/{analysis_id}?wait=20", headers=gateway.auth())
    )
    await asyncio.sleep(0)
    gateway.results.end(gateway.user_id, analysis_id)
    async with asyncio.timeout(5):
        assert (await polling).json()["status"] == "succeeded"


@pytest.mark.parametrize("wait", ["31", "-1", "x"])
async def test_a_wait_out_of_range_is_422(gateway: Gateway, wait: str) -> None:
    url = f"/v1/analyses/{ids.new_id('an')}?wait={wait}"
    answer = await gateway.client.get(url, headers=gateway.auth())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/wait")


async def test_a_stream_tells_each_state_once_and_ends_with_the_end(gateway: Gateway) -> None:
    analysis_id = (await gateway.submit()).json()["id"]
    url = f"/v1/analyses/{analysis_id}/events"

    async def read(**headers: str) -> list[dict[str, str]]:
        answer = await gateway.client.get(url, headers={**gateway.auth(), **headers})
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        blocks = [block for block in answer.text.split("\n\n") if "data:" in block]
        return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    gateway.results.end(gateway.user_id, analysis_id)
    async with asyncio.timeout(10):
        told = await reading
    assert told[-1]["event"] == "status"
    assert json.loads(told[-1]["data"])["status"] == "succeeded"
    assert len({one["id"] for one in told}) == len(told)
    # An EventSource comes back with what it was told last, until it is told that this is all.
    again = await gateway.client.get(
        url, headers={**gateway.auth(), "Last-Event-ID": told[-1]["id"]}
    )
    assert (again.status_code, again.content) == (204, b"")
    assert len(await read(**{"Last-Event-ID": "of another state"})) == 1


async def test_the_stream_of_an_unknown_analysis_is_404(gateway: Gateway) -> None:
    url = f"/v1/analyses/{ids.new_id('an')}/events"
    answer = await gateway.client.get(url, headers=gateway.auth())
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")


async def test_a_repeated_request_for_what_was_deleted_is_404_and_makes_nothing(
    gateway: Gateway,
) -> None:
    first = await gateway.submit(**{"Idempotency-Key": "k1"})
    url = f"/v1/analyses/{first.json()['id']}"
    assert (await gateway.client.delete(url, headers=gateway.auth())).status_code == 204
    held, submitted = len(gateway.users.reserved), len(gateway.results.submissions)
    again = await gateway.submit(**{"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()["type"]) == (404, "/problems/not-found")
    assert (len(gateway.users.reserved), len(gateway.results.submissions)) == (held, submitted)


async def test_a_repetition_is_404_also_where_a_slow_first_request_wrote_it_again(
    gateway: Gateway,
) -> None:
    analysis_id = (await gateway.submit(**{"Idempotency-Key": "k1"})).json()["id"]
    gateway.results.deleted.add(analysis_id)
    again = await gateway.submit(**{"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()["type"]) == (404, "/problems/not-found")


async def test_a_repeated_retry_of_what_was_deleted_is_404_and_of_another_it_is_not(
    gateway: Gateway,
) -> None:
    original = (await gateway.submit()).json()["id"]
    url = f"/v1/analyses/{original}/retry"
    headers = {**gateway.auth(), "Idempotency-Key": "k1"}
    retried = (await gateway.client.post(url, headers=headers)).json()["id"]
    await gateway.client.delete(f"/v1/analyses/{original}", headers=gateway.auth())
    again = await gateway.client.post(url, headers=headers)
    assert (again.status_code, again.json()["id"]) == (202, retried)
    await gateway.client.delete(f"/v1/analyses/{retried}", headers=gateway.auth())
    assert (await gateway.client.post(url, headers=headers)).status_code == 404


async def test_a_repeated_batch_does_not_make_its_deleted_members_again(gateway: Gateway) -> None:
    body = {"items": [{"image_url": "http://a.test/1"}, {"image_url": "http://a.test/2"}]}
    headers = {**gateway.auth(), "Idempotency-Key": "k1"}
    batch = (await gateway.client.post("/v1/batches", json=body, headers=headers)).json()
    gone, kept = (one["analysis_id"] for one in batch["items"])
    await gateway.client.delete(f"/v1/analyses/{gone}", headers=gateway.auth())
    again = (await gateway.client.post("/v1/batches", json=body, headers=headers)).json()
    assert [one["analysis_id"] for one in again["items"]] == [gone, kept]
    assert (gateway.user_id, gone) not in gateway.results.analyses
    members = gateway.results.batches[batch["id"]]["members"]
    assert [one["error"] for one in members] == [None, None]


async def test_an_error_is_a_plain_sentence(gateway: Gateway) -> None:
    body = {"image_url": "ftp://x.test/a", "operations": ["faces", "faces"]}
    answer = await gateway.client.post("/v1/analyses", json=body, headers=gateway.auth())
    assert sorted(answer.json()["errors"], key=lambda one: one["pointer"]) == [
        {"pointer": "/image_url", "detail": "must be an http or https address"},
        {"pointer": "/operations", "detail": "must not name an operation twice"},
    ]
    found = await gateway.client.get("/v1/analyses?from=yesterday", headers=gateway.auth())
    (error,) = found.json()["errors"]
    assert error["detail"].startswith("must be a time of RFC 3339")
