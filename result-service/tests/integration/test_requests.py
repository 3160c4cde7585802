"""Bodies, conditions and ranges of requests, and uploads."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from conftest import Service, submission
from sightline_contracts import ids


async def test_an_upload_is_stored_and_a_retry_takes_a_copy_of_it(service: Service) -> None:
    first = ids.new_id("an")
    receipt = await service.client.put(service.url(first, "/upload"), content=b"image bytes")
    assert (receipt.status_code, receipt.json()["bytes"]) == (201, 11)
    body = submission(kind="upload", image_url=None)
    await service.client.put(service.url(first), json=body)
    second = ids.new_id("an")
    await service.client.put(service.url(second), json={**body, "retry_of": first})
    await service.client.delete(service.url(first))
    copied = await service.client.get(service.url(second, "/upload"))
    assert copied.content == b"image bytes"


async def test_an_empty_upload_is_refused(service: Service) -> None:
    analysis_id = ids.new_id("an")
    empty = await service.client.put(service.url(analysis_id, "/upload"), content=b"")
    assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (422, "/image")
    assert not service.left()


async def test_an_unchanged_analysis_answers_304(service: Service) -> None:
    analysis_id = await service.accept()
    first = await service.client.get(service.url(analysis_id))
    again = await service.client.get(
        service.url(analysis_id), headers={"If-None-Match": f"W/{first.headers['ETag']}"}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_an_idempotency_key_belongs_to_the_first_claim(service: Service) -> None:
    url = f"/v1/users/{service.user_id}/idempotency-keys/{'a' * 64}"
    claims = [{"fingerprint": "f", "analysis_id": ids.new_id("an")} for _ in range(5)]
    answers = await asyncio.gather(*(service.client.put(url, json=claim) for claim in claims))
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 200, 201]
    await service.wiring.completion.flush()
    assert len({answer.json()["analysis_id"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**submission(), "surprise": 1}, "/surprise"),
        ({**submission(), "request_id": 5}, "/request_id"),
        (submission(operations=[]), "/input/operations"),
    ],
)
async def test_a_body_outside_the_contract_is_422(
    service: Service, body: dict[str, object], pointer: str
) -> None:
    answer = await service.client.put(service.url(ids.new_id("an")), json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not service.left()


async def test_a_body_that_is_not_json_is_400(service: Service) -> None:
    answer = await service.client.put(
        service.url(ids.new_id("an")), content=b"{", headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")


async def chunked(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000):
        yield b" " * 1000


@pytest.mark.parametrize(
    "content", [lambda size: b" " * size, chunked], ids=["announced", "chunked"]
)
async def test_a_body_over_the_limit_is_413(
    service: Service, content: Callable[[int], Any]
) -> None:
    answer = await service.client.put(
        service.url(ids.new_id("an")),
        content=content(70_000),
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


async def test_a_result_and_a_preview_are_read_in_part(service: Service) -> None:
    analysis_id = await service.accept()
    await service.finish(analysis_id, preview=base64.b64encode(b"0123456789").decode())
    url = service.url(analysis_id, "/preview")
    part = await service.client.get(url, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content) == (206, b"234")
    assert part.headers["Content-Range"] == "bytes 2-4/10"
    assert part.headers["Accept-Ranges"] == "bytes"
    beyond = await service.client.get(url, headers={"Range": "bytes=10-"})
    assert (beyond.status_code, beyond.json()["type"]) == (416, "/problems/range-not-satisfiable")
    for ignored in ("bytes=0-1,3-4", "lines=0-1", "bytes=", "bytes=x-"):
        whole = await service.client.get(url, headers={"Range": ignored})
        assert (whole.status_code, whole.content) == (200, b"0123456789")
    etag = part.headers["ETag"]
    for tag, status in ((etag, 206), ('"other"', 200)):
        answer = await service.client.get(url, headers={"Range": "bytes=0-0", "If-Range": tag})
        assert answer.status_code == status
    known = await service.client.get(url, headers={"If-None-Match": etag, "Range": "bytes=0-0"})
    assert (known.status_code, known.content) == (304, b"")
    result = await service.client.get(
        service.url(analysis_id, "/result"), headers={"Range": "bytes=0-1"}
    )
    assert (result.status_code, result.content) == (206, b'{"')
